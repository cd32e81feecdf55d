import assert from 'node:assert/strict'
import { ConfigError, readConfig } from '../../infra/read-config.ts'

export const CERTIFICATE =
  'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-1234567890ab'

export const SUBNETS = ['subnet-00000001', 'subnet-00000002', 'subnet-00000003', 'subnet-00000004']
export const EXISTING = {
  vpcId: 'vpc-0a1b2c3d',
  zones: ['eu-central-1a', 'eu-central-1b'],
  publicSubnetIds: SUBNETS.slice(0, 2),
  privateSubnetIds: SUBNETS.slice(0, 2),
  isolatedSubnetIds: SUBNETS.slice(2),
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
