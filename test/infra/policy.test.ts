import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { App, CfnResource } from 'aws-cdk-lib'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { acknowledged } from '../../infra/policy/acknowledged.ts'
import { addPolicy } from '../../infra/policy/add-policy.ts'
import { failingRules, type Finding, findingsOf, type Pack } from '../../infra/policy/findings.ts'
import type { Environment } from '../../infra/read-config.ts'
import { addStacks } from '../../infra/stacks.ts'
import { EXISTING } from './configured.ts'
import { cdkContext, settingsOf } from './synthesized.ts'

const prod = settingsOf('prod')
// Everything that a team may choose and that changes what is created.
const variants: Record<string, Environment> = {
  dev: settingsOf('dev'),
  staging: settingsOf('staging'),
  prod,
  'prod with Aurora': { ...prod, database: { ...prod.database, engine: 'aurora' } },
  'prod in an existing network': {
    ...prod,
    network: { ...prod.network, existing: EXISTING, zones: 2 },
  },
  'dev without NAT': {
    ...settingsOf('dev'),
    network: { ...settingsOf('dev').network, nat: 'none' },
  },
  'prod behind a gateway, without attachments and firewall': {
    ...prod,
    auth: { patterns: ['gateway'] },
    attachments: { enabled: false },
    firewall: { ...prod.firewall, enabled: false },
  },
}

const found = new Map<string, Finding[]>(
  Object.entries(variants).map(([name, settings]) => [name, findingsOf(settings, cdkContext())]),
)

for (const [name, findings] of found) {
  test(`every finding in ${name} is explained`, () => {
    const open = findings.filter(({ reason }) => reason === undefined)
    assert.deepEqual(
      open.map(({ rule, path }) => `${rule} at ${path}`),
      [],
    )
    assert.ok(findings.length > 0)
  })
}

// A rule that is new in a pack, or a construct that gets worse, is noticed here and not by an
// auditor.
const failingMax: Record<Pack, number> = {
  AwsSolutions: 3,
  'NIST 800-53 R5': 7,
  'PCI DSS 3.2.1': 5,
  HIPAA: 7,
  Serverless: 0,
  'Control Tower Guard': 6,
  'CloudFormation Validate': 0,
  'own rules': 0,
}

test('production breaks no more rules than these', () => {
  const findings = found.get('prod') ?? []
  for (const [pack, max] of Object.entries(failingMax)) {
    const failing = failingRules(findings.filter((finding) => finding.pack === pack))
    assert.ok(failing <= max, `${pack}: ${failing} rules fail, ${max} at most`)
  }
})

test('no explanation outlives what it explains', () => {
  const used = new Set([...found.values()].flat().map(({ reason }) => reason))
  for (const settings of Object.values(variants)) {
    for (const { reason, rules } of acknowledged(settings)) {
      assert.ok(used.has(reason), `${rules.join(', ')}: ${reason}`)
    }
  }
})

test('an explanation is a sentence, not a shrug', () => {
  for (const { reason } of acknowledged(settingsOf('dev'))) {
    assert.match(reason, /^.{30,}\.$/s)
  }
})

/** What a synth with all policy on holds against the app; nothing when it passes. */
function refusalOf(t: TestContext, change: (app: App) => void): string {
  // The whole report is on the error stream and in a file; the error itself only names the file.
  t.mock.method(console, 'error', () => undefined)
  const outdir = mkdtempSync(join(tmpdir(), 'chatkit-policy-test-'))
  t.after(() => rmSync(outdir, { recursive: true }))
  const app = new App({ outdir, context: cdkContext() })
  addStacks(app, prod)
  change(app)
  addPolicy(app, prod)
  try {
    app.synth()
    return ''
  } catch (error) {
    assert.match(String(error), /Validation failed/)
    return readFileSync(join(outdir, 'validation-report.json'), 'utf8')
  }
}

test('a synth passes with all policy on', (t) => {
  const refusal = refusalOf(t, () => undefined)
  assert.equal(refusal, '')
})

test('a synth fails when somebody adds what no policy allows', (t) => {
  const refusal = refusalOf(t, (app) => {
    const stack = app.node.findChild('chatkit-prod-service')
    const bucket = new Bucket(stack, 'Careless', { enforceSSL: false })
    assert.ok(bucket)
  })
  assert.match(refusal, /AwsSolutions-S10/)
  assert.match(refusal, /NIST\.800\.53\.R5-S3BucketVersioningEnabled/)
  assert.match(refusal, /s3_bucket_versioning_enabled_check/)
})

test('a synth fails when somebody breaks the time-outs of streams', (t) => {
  const refusal = refusalOf(t, (app) => {
    const definition = app.node
      .findChild('chatkit-prod-service')
      .node.findAll()
      .find(
        (one): one is CfnResource =>
          CfnResource.isCfnResource(one) && one.cfnResourceType === 'AWS::ECS::TaskDefinition',
      )
    definition?.addPropertyOverride('ContainerDefinitions.1.StopTimeout', 600)
  })
  assert.match(refusal, /CHATKIT-STOP-TIMEOUT/)
})
