import assert from 'node:assert/strict'
import { ConfigError, readConfig } from '../../infra/read-config.ts'

export const CERTIFICATE =
  'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-1234567890ab'

export const SUBNETS = Array.from({ length: 6 }, (_, index) => `subnet-0000000${index + 1}`)
export const EXISTING = {
  vpcId: 'vpc-0a1b2c3d',
  zones: ['eu-central-1a', 'eu-central-1b'],
  publicSubnetIds: SUBNETS.slice(0, 2),
  privateSubnetIds: SUBNETS.slice(2, 4),
  isolatedSubnetIds: SUBNETS.slice(4),
}

/** Every setting that reaches the service, each with a value of its own. */
export const EVERYTHING = {
  service: {
    liveRunsMax: 200,
    requestsAtOnceMax: 90,
    logLevel: 'debug',
    openAiModel: 'gpt-5',
    openAiTranscriptionModel: 'whisper-1',
    openAiBaseUrl: 'https://models.example.org/v1',
    modelSilenceSeconds: 60,
    allowCancel: true,
    detachedSeconds: 20,
    dictationMebibytesMax: 8,
    databaseConnectionsMax: 12,
  },
  auth: {
    patterns: ['jwt', 'jwks', 'session', 'gateway', 'custom'],
    jwtIssuer: 'https://app.example.org',
    jwtAudience: 'chat',
    jwksUrl: 'https://id.example.org/jwks.json',
    jwksIssuer: 'https://id.example.org',
    jwksAudience: 'chat',
    sessionUrl: 'https://app.example.org/api/auth/get-session',
    sessionCookie: 'better-auth.session_token',
    claims: { org: 'organization_id', admin: ['owner', 'admin'], further: ['user.team'] },
  },
  quotas: {
    default: { user: { requestsPerMinute: 60, liveRuns: 5, tokensPerDay: 200_000 } },
    pro: { user: { tokensPerDay: null }, org: { liveRuns: 200 } },
  },
  retention: { days: 365, organisations: { acme: 30 } },
  attachments: { mebibytesMax: 50, types: ['image/*', 'application/pdf'] },
  secrets: { overlapSeconds: 7200, gatewayRotationDays: 30 },
}

/** A correct production environment with some settings replaced. */
export function prodWith(changes: Record<string, unknown>): unknown {
  const prod = {
    region: 'eu-central-1',
    hostName: 'chat.example.org',
    certificateArn: CERTIFICATE,
    origins: ['https://app.example.org'],
    ...changes,
  }
  return { name: 'chatkit', environments: { prod } }
}

/** The lines of the refusal, without its heading. */
export function faultsOf(input: unknown, environment = 'prod'): string[] {
  try {
    readConfig(input, environment)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    const [heading, ...faults] = error.message.split('\n')
    assert.equal(heading, 'infra/config.ts cannot be used:')
    return faults.map((fault) => fault.trim())
  }
  return []
}
