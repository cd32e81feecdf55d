import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { App, CloudFormationValidatePlugin } from 'aws-cdk-lib'
import { ownRules } from '../../infra/policy/rule-files.ts'

type Resource = Readonly<Record<string, unknown>>

const folder = mkdtempSync(join(tmpdir(), 'chatkit-rules-'))
after(() => rmSync(folder, { recursive: true }))

const plugin = new CloudFormationValidatePlugin({
  regoRules: ownRules(),
  includeDefaultRules: false,
})
const appConstruct = new App({ outdir: join(folder, 'unused') })

/** The rules of our own that a template breaks. */
function brokenBy(resources: Readonly<Record<string, Resource>>): string[] {
  const templatePath = join(folder, 'stack.template.json')
  writeFileSync(templatePath, JSON.stringify({ Resources: resources }))
  const region = 'eu-central-1'
  const { violations } = plugin.validate({
    appConstruct,
    templatePaths: [templatePath],
    stackTemplates: [{ templatePath, stackConstructPath: 'stack', region, accountId: undefined }],
  })
  const own = violations
    .map(({ ruleName }) => ruleName)
    .filter((rule) => rule.startsWith('CHATKIT-'))
  return [...new Set(own)].toSorted()
}

function attributes(values: Readonly<Record<string, string>>): unknown {
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }))
}

function targets(values: Readonly<Record<string, string>>, properties: Resource = {}): Resource {
  return {
    Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    Properties: { TargetGroupAttributes: attributes(values), ...properties },
  }
}

function balancer(values: Readonly<Record<string, string>>): Resource {
  return {
    Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    Properties: { LoadBalancerAttributes: attributes(values) },
  }
}

function task(container: Resource, properties: Resource = {}): Resource {
  return {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: { ContainerDefinitions: [{ Name: 'service', ...container }], ...properties },
  }
}

function told(variables: Readonly<Record<string, unknown>>): Resource {
  return { Environment: Object.entries(variables).map(([Name, Value]) => ({ Name, Value })) }
}

function service(configuration: Resource): Resource {
  return { Type: 'AWS::ECS::Service', Properties: { DeploymentConfiguration: configuration } }
}

const DRAIN = 'deregistration_delay.timeout_seconds'
const IDLE = 'idle_timeout.timeout_seconds'
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:chatkit/prod/openai-a1b2c3'

// Each breaks one rule, and nothing else.
const mistakes: { what: string; rule: string; resources: Record<string, Resource> }[] = [
  {
    what: 'a task that wants five minutes to stop',
    rule: 'CHATKIT-STOP-TIMEOUT',
    resources: { Task: task({ StopTimeout: 300 }) },
  },
  {
    what: 'a drain longer than a balancer allows',
    rule: 'CHATKIT-DRAIN-MAX',
    resources: { Targets: targets({ [DRAIN]: '7200' }) },
  },
  {
    what: 'a drain shorter than the longest answer',
    rule: 'CHATKIT-DRAIN-CUTS-STREAMS',
    resources: {
      Targets: targets({ [DRAIN]: '300' }),
      Task: task(told({ STREAM_SECONDS_MAX: '840' })),
    },
  },
  {
    what: 'an idle time-out longer than a balancer allows',
    rule: 'CHATKIT-IDLE-MAX',
    resources: { Balancer: balancer({ [IDLE]: '5000' }) },
  },
  {
    what: 'a heartbeat of which none may be late',
    rule: 'CHATKIT-HEARTBEAT',
    resources: {
      Balancer: balancer({ [IDLE]: '60' }),
      Task: task(told({ HEARTBEAT_SECONDS: '45' })),
    },
  },
  {
    what: 'a process that closes connections before the balancer does',
    rule: 'CHATKIT-KEEP-ALIVE',
    resources: {
      Balancer: balancer({ [IDLE]: '120' }),
      Task: task(told({ KEEP_ALIVE_SECONDS: '72' })),
    },
  },
  {
    what: 'a service that is killed while it says goodbye',
    rule: 'CHATKIT-SHUTDOWN',
    resources: { Task: task({ StopTimeout: 60, ...told({ SHUTDOWN_SECONDS: '110' }) }) },
  },
  {
    what: 'a mistyped attribute of a target group',
    rule: 'CHATKIT-TARGET-ATTRIBUTE',
    resources: { Targets: targets({ 'deregistration_delay.timeout_second': '300' }) },
  },
  {
    what: 'slow start together with least outstanding requests',
    rule: 'CHATKIT-SLOW-START',
    resources: {
      Targets: targets({
        'load_balancing.algorithm.type': 'least_outstanding_requests',
        'slow_start.duration_seconds': '60',
      }),
    },
  },
  {
    what: 'a health check of the balancer that overtakes itself',
    rule: 'CHATKIT-HEALTH-CHECK',
    resources: {
      Targets: targets({}, { HealthCheckTimeoutSeconds: 10, HealthCheckIntervalSeconds: 5 }),
    },
  },
  {
    what: 'a health check of a container that overtakes itself',
    rule: 'CHATKIT-HEALTH-CHECK',
    resources: { Task: task({ HealthCheck: { Command: ['CMD'], Timeout: 30, Interval: 15 } }) },
  },
  {
    what: 'early success below the share of tasks that must be healthy',
    rule: 'CHATKIT-EARLY-SUCCESS',
    resources: {
      Service: service({
        MinimumHealthyPercent: 100,
        EarlySuccessCriteria: { Enable: true, HealthyPercent: 50 },
      }),
    },
  },
  {
    what: 'a key of a model provider in a variable',
    rule: 'CHATKIT-PLAIN-SECRET',
    resources: { Task: task(told({ OPENAI_API_KEY: 'sk-proj-0123456789abcdef' })) },
  },
  {
    what: 'a secret that only its name gives away',
    rule: 'CHATKIT-PLAIN-SECRET',
    resources: { Task: task(told({ JWT_SECRET: 'correct-horse-battery-staple-0123' })) },
  },
  {
    what: 'a password in an address',
    rule: 'CHATKIT-PLAIN-SECRET',
    resources: { Task: task(told({ DATABASE_URL: 'postgres://chatkit:hunter2@db:5433/chat' })) },
  },
  {
    what: 'a key of AWS in a function',
    rule: 'CHATKIT-PLAIN-SECRET',
    resources: {
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: { Environment: { Variables: { KEY: 'AKIAIOSFODNN7EXAMPLE' } } },
      },
    },
  },
  {
    what: 'a secret that somebody wanted to fill in later',
    rule: 'CHATKIT-PLACEHOLDER-SECRET',
    resources: {
      Task: task(
        { Secrets: [{ Name: 'OPENAI_API_KEY', ValueFrom: 'arn:aws:secretsmanager:REPLACE_ME' }] },
        { ExecutionRoleArn: 'arn:aws:iam::111122223333:role/execution' },
      ),
    },
  },
  {
    what: 'secrets without a role to read them in',
    rule: 'CHATKIT-SECRETS-ROLE',
    resources: { Task: task({ Secrets: [{ Name: 'OPENAI_API_KEY', ValueFrom: SECRET }] }) },
  },
]

for (const { what, rule, resources } of mistakes) {
  test(`${rule} finds ${what}`, () => {
    assert.deepEqual(brokenBy(resources), [rule])
  })
}

test('every rule has a template that breaks it', () => {
  const written = ownRules().flatMap(({ content }) => content.match(/CHATKIT-[A-Z-]+/g) ?? [])
  assert.ok(written.length > 0)
  const broken = new Set(mistakes.map(({ rule }) => rule))
  assert.deepEqual(
    [...new Set(written)].filter((rule) => !broken.has(rule)),
    [],
  )
})

test('a template without these mistakes breaks no rule', () => {
  const variables = {
    HEARTBEAT_SECONDS: '15',
    KEEP_ALIVE_SECONDS: '125',
    STREAM_SECONDS_MAX: '840',
    SHUTDOWN_SECONDS: '110',
    OPENAI_API_KEY_SECRET_ID: SECRET,
    FRONTEND_URL: 'https://app.example.com',
  }
  const resources = {
    Balancer: balancer({ [IDLE]: '120' }),
    Targets: targets(
      {
        [DRAIN]: '900',
        'load_balancing.algorithm.type': 'least_outstanding_requests',
        'stickiness.enabled': 'false',
      },
      { HealthCheckTimeoutSeconds: 5, HealthCheckIntervalSeconds: 10 },
    ),
    Task: task(
      {
        StopTimeout: 120,
        HealthCheck: { Command: ['CMD'], Timeout: 5, Interval: 15 },
        Secrets: [{ Name: 'OPENAI_API_KEY', ValueFrom: SECRET }],
        ...told(variables),
      },
      { ExecutionRoleArn: 'arn:aws:iam::111122223333:role/execution' },
    ),
    Service: service({
      MinimumHealthyPercent: 100,
      EarlySuccessCriteria: { Enable: true, HealthyPercent: 100 },
    }),
  }
  assert.deepEqual(brokenBy(resources), [])
})

// Nothing is known about them before the deployment, and a guess would be a false alarm.
test('values that are only known at deployment are not judged', () => {
  const unknown = { Ref: 'Parameter' }
  const resources = {
    Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: '1' } },
    Task: task({ StopTimeout: unknown, ...told({ OPENAI_API_KEY: unknown }) }),
  }
  assert.deepEqual(brokenBy(resources), [])
})
