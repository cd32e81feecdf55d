import type { ConfigInput } from './config-schema.ts'

/**
 * What a platform team edits. Every setting, its default and its limits: infra/README.md.
 *
 * What is left out gets the safe default: several zones, a standby database, nothing deletable;
 * users known by tokens that your backend signs, conversations kept, attachments taken. For
 * anything else there are `auth`, `quotas`, `retention`, `attachments` and `service`.
 */
export const config: ConfigInput = {
  name: 'chatkit', // first word of every stack; a new name is a new, empty installation

  environments: {
    dev: {
      region: 'eu-central-1',
      hostName: 'chat.dev.example.com', // where browsers reach the service
      zone: { id: 'Z0123456789EXAMPLE', name: 'dev.example.com' }, // issues the certificate
      origins: ['https://app.dev.example.com', 'http://localhost:5173'], // pages that embed ChatKit
      disposable: true, // `npm run destroy` leaves nothing of it behind
      network: { nat: 'one' }, // 'none' costs less: tasks then have addresses of their own
      service: { cpu: 512, memoryMiB: 1024, tasks: { min: 2, max: 4 }, logDays: 7 },
      database: { instanceType: 't4g.small', multiAz: false, backupDays: 1 },
      streaming: { drainSeconds: 30, drainCutsStreams: true }, // deploys in a minute, cuts answers
      firewall: { enabled: false },
      alarms: { monthlyBudgetUsd: 250 },
    },

    staging: {
      region: 'eu-central-1',
      hostName: 'chat.staging.example.com',
      zone: { id: 'Z0123456789EXAMPLE', name: 'staging.example.com' },
      origins: ['https://app.staging.example.com'],
      disposable: true,
      network: { nat: 'one' },
      service: { tasks: { min: 2, max: 4 }, logDays: 30 },
    },

    prod: {
      account: '111122223333', // the CLI refuses credentials of any other account
      region: 'eu-central-1',
      hostName: 'chat.example.com',
      zone: { id: 'Z0123456789EXAMPLE', name: 'example.com' },
      origins: ['https://app.example.com'],
      network: { zones: 3 },
      service: { tasks: { min: 3, max: 12 } },
      database: { instanceType: 'm8g.large', storageGiB: 100, storageGiBMax: 1000 },
      alarms: { email: 'on-call@example.com', monthlyBudgetUsd: 1500 },
    },
  },
}
