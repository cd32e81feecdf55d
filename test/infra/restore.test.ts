import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'
import { REPOSITORY_ROOT, synthesize, theOnly } from './synthesized.ts'

const DATABASE = 'AWS::RDS::DBInstance'
const PASSWORD = 'of-today'

const { data } = synthesize('prod')
const runbook = readFileSync(join(REPOSITORY_ROOT, 'infra/RUNBOOK.md'), 'utf8')
const section = /^## Restore the database\n[^]*?(?=^## )/m.exec(runbook)?.[0] ?? ''
const script = [...section.matchAll(/^ *```sh\n([^]*?)```/gm)]
  .map(([, block = '']) => block.replaceAll(/^ {3}/gm, ''))
  .join('\n')

// An `aws` that keeps what it is asked, and answers what it is asked for by the last words of its
// query.
const FAKE_AWS = `
const { appendFileSync, readFileSync } = require('node:fs')
const words = process.argv.slice(2)
const input = words.includes('file:///dev/stdin') ? readFileSync(0, 'utf8') : ''
appendFileSync(process.env.ASKED, JSON.stringify({ words, input }) + '\\n')
const query = words[words.indexOf('--query') + 1] ?? ''
if (query === 'SecretString') console.log(JSON.stringify({ password: '${PASSWORD}' }))
else if (words.includes('--query')) console.log(query.split('.').at(-1))
`

const Call = z.object({ words: z.array(z.string()), input: z.string() })

/**
 * Runs all commands of the section one after the other, as an operator does; what `aws` was asked.
 */
async function runSection(t: TestContext): Promise<z.infer<typeof Call>[]> {
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-restore-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const asked = join(folder, 'asked')
  writeFileSync(join(folder, 'aws.cjs'), FAKE_AWS)
  for (const [name, text] of [
    ['aws', `exec node ${join(folder, 'aws.cjs')} "$@"`],
    ['npx', 'exit 0'],
    ['sleep', 'exit 0'],
  ] as const) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  const path = [folder, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter)
  const { stderr } = await promisify(execFile)('/bin/sh', ['-eu', '-c', script], {
    env: { PATH: path, ASKED: asked },
  })
  assert.equal(stderr, '')
  const lines = readFileSync(asked, 'utf8').trim().split('\n')
  return lines.map((line) => Call.parse(JSON.parse(line)))
}

test('the commands of the runbook put a restored server in the place of the old one', async (t) => {
  const calls = await runSection(t)
  const changes = calls
    .map(({ words }) => words)
    .filter(([, verb = '']) => /^(restore|modify|delete)/.test(verb))
    .map(([, verb = '', ...words]) => {
      const after = (option: string) => words[words.indexOf(option) + 1]
      const target = words.includes('--target-db-instance-identifier')
        ? after('--target-db-instance-identifier')
        : after('--db-instance-identifier')
      const name = words.includes('--new-db-instance-identifier')
        ? ` to ${after('--new-db-instance-identifier')}`
        : ''
      return `${verb} ${target}${name}`
    })
  assert.deepEqual(changes, [
    'restore-db-instance-to-point-in-time chatkit-prod-restored',
    'modify-db-instance chatkit-prod-restored',
    'modify-db-instance chatkit-prod to chatkit-prod-before',
    'modify-db-instance chatkit-prod-restored to chatkit-prod',
    'modify-db-instance chatkit-prod',
    'modify-db-instance chatkit-prod-before',
    'delete-db-instance chatkit-prod-before',
  ])
  // Everyone on the machine sees the words of a command.
  assert.ok(calls.every(({ words }) => !words.join(' ').includes(PASSWORD)))
  assert.equal(calls.filter(({ input }) => input === PASSWORD).length, 1)
})

// By the option that sets it; of a restore or of the change after it.
const OPTIONS: Readonly<Record<string, string>> = {
  AutoMinorVersionUpgrade: '--auto-minor-version-upgrade',
  BackupRetentionPeriod: '--backup-retention-period',
  CACertificateIdentifier: '--ca-certificate-identifier',
  CopyTagsToSnapshot: '--copy-tags-to-snapshot',
  DBInstanceClass: '--db-instance-class',
  DBInstanceIdentifier: '--new-db-instance-identifier',
  DBParameterGroupName: '--db-parameter-group-name',
  DBSubnetGroupName: '--db-subnet-group-name',
  DatabaseInsightsMode: '--database-insights-mode',
  DeletionProtection: '--deletion-protection',
  EnableCloudwatchLogsExports: '--cloudwatch-logs-export-configuration',
  EnableIAMDatabaseAuthentication: '--enable-iam-database-authentication',
  EnablePerformanceInsights: '--enable-performance-insights',
  MasterUserPassword: '--master-user-password',
  MaxAllocatedStorage: '--max-allocated-storage',
  MonitoringInterval: '--monitoring-interval',
  MonitoringRoleArn: '--monitoring-role-arn',
  MultiAZ: '--multi-az',
  PerformanceInsightsKMSKeyId: '--performance-insights-kms-key-id',
  PerformanceInsightsRetentionPeriod: '--performance-insights-retention-period',
  Port: '--port',
  PubliclyAccessible: '--no-publicly-accessible',
  StorageType: '--storage-type',
  VPCSecurityGroups: '--vpc-security-group-ids',
}
// What comes with the data, or says something about deletion by the stack alone.
const RESTORED = new Set([
  'AllocatedStorage',
  'DBName',
  'DeleteAutomatedBackups',
  'Engine',
  'EngineVersion',
  'KmsKeyId',
  'MasterUsername',
  'StorageEncrypted',
])

test('a restored server gets every setting that the stack gives to a new one', () => {
  const settings = z.record(z.string(), z.unknown()).parse(theOnly(data, DATABASE))
  for (const name of Object.keys(settings).filter((one) => !RESTORED.has(one))) {
    const option = OPTIONS[name] ?? `an option for ${name}`
    assert.ok(script.includes(option), `${option} is not in the runbook`)
  }
  assert.ok(script.includes(`db=${String(settings['DBInstanceIdentifier'])} `))
  const [secret = ''] = Object.keys(data.findResources('AWS::SecretsManager::Secret')).filter(
    (id) => id.startsWith('DatabaseSecret'),
  )
  assert.notEqual(secret, '')
})
