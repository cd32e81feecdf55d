import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { REPOSITORY_ROOT, settingsOf, synthesize } from './synthesized.ts'

const { operations: prod, network } = synthesize('prod')
const ALARM = 'AWS::CloudWatch::Alarm'

const Alarms = z.record(
  z.string(),
  z.object({
    Properties: z.object({
      AlarmName: z.string(),
      AlarmDescription: z.string(),
      AlarmActions: z.array(z.unknown()),
      OKActions: z.array(z.unknown()),
      TreatMissingData: z.string(),
    }),
  }),
)
const alarms = Object.values(Alarms.parse(prod.findResources(ALARM))).map(
  ({ Properties }) => Properties,
)
const titles = alarms.map(({ AlarmName }) => AlarmName.replace('chatkit-prod: ', ''))

const runbook = readFileSync(join(REPOSITORY_ROOT, 'infra/RUNBOOK.md'), 'utf8')
/** The sections below the heading "Alarms". */
const sections = [...(/^## Alarms$(.*?)^## /ms.exec(runbook)?.[1] ?? '').matchAll(/^### (.+)$/gm)]
const headings = sections.map(([, heading = '']) => heading)

test('each alarm has a section in the runbook, and each section an alarm', () => {
  assert.ok(titles.length >= 12)
  assert.deepEqual(titles.toSorted(), headings.toSorted())
})

test('whoever is woken up is told what it means and where to read on', () => {
  for (const { AlarmName, AlarmDescription } of alarms) {
    const [, anchor] =
      /^[A-Z].*\. What to do: infra\/RUNBOOK\.md#(.+)$/.exec(AlarmDescription) ?? []
    const heading = headings.find((one) => one.toLowerCase().replaceAll(' ', '-') === anchor)
    assert.ok(heading, `${AlarmName}: ${AlarmDescription}`)
  }
})

test('the links of the runbook lead somewhere', () => {
  const anchors = new Set(
    Array.from(runbook.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    ),
  )
  for (const [, anchor = ''] of runbook.matchAll(/\]\(#([^)]+)\)/g)) {
    assert.ok(anchors.has(anchor), anchor)
  }
})

test('operators hear when it begins and when it is over', () => {
  for (const { AlarmActions, OKActions } of alarms) {
    assert.match(JSON.stringify([AlarmActions, OKActions]), /AlarmTopic.*AlarmTopic/)
  }
  network.hasResourceProperties('AWS::SNS::Topic', {
    KmsMasterKeyId: Match.anyValue(),
    Subscription: [{ Endpoint: 'on-call@example.com', Protocol: 'email' }],
  })
})

// A policy of its own takes from a topic what it allows by default.
test('every service that has something to tell may publish and encrypt', () => {
  for (const service of ['cloudwatch', 'events.rds', 'budgets']) {
    const principal = `${service}.amazonaws.com`
    for (const [type, policy] of [
      ['AWS::SNS::TopicPolicy', 'PolicyDocument'],
      ['AWS::KMS::Key', 'KeyPolicy'],
    ] as const) {
      network.hasResourceProperties(type, {
        [policy]: {
          Statement: Match.arrayWith([
            Match.objectLike({ Principal: { Service: Match.arrayWith([principal]) } }),
          ]),
        },
      })
    }
  }
})

test('silence is an alarm where there is always something to measure', () => {
  const rings = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching')
  assert.deepEqual(rings.map(({ AlarmName }) => AlarmName).toSorted(), [
    'chatkit-prod: Database storage',
    'chatkit-prod: No healthy hosts',
  ])
})

test('a task near its cap of live answers rings at 80 percent of it', () => {
  prod.hasResourceProperties(ALARM, {
    AlarmName: 'chatkit-prod: Live runs near the cap',
    Namespace: 'ChatKit',
    MetricName: 'LiveRuns',
    Threshold: (settingsOf('prod').service.liveRunsMax * 8) / 10,
  })
})

test('the first byte is judged by its slowest hundredth', () => {
  prod.hasResourceProperties(ALARM, {
    AlarmName: 'chatkit-prod: Slow first byte',
    ExtendedStatistic: 'p99',
    Threshold: 10_000,
  })
})

// Aurora's storage has no end, and a small type has fewer connections.
test('Aurora has no alarm for storage', () => {
  const { operations } = synthesize('prod', (settings) => ({
    ...settings,
    database: { ...settings.database, engine: 'aurora' },
  }))
  assert.doesNotMatch(JSON.stringify(operations.findResources(ALARM)), /Database storage/)
})

test('one page shows it all', () => {
  prod.resourceCountIs('AWS::CloudWatch::Dashboard', 1)
  prod.hasOutput('Dashboard', { Value: Match.stringLikeRegexp('#dashboards/dashboard/') })
})

test('the month has a budget, and its resources a tag by which it counts', () => {
  prod.hasResourceProperties('AWS::Budgets::Budget', {
    Budget: {
      BudgetLimit: { Amount: 1500, Unit: 'USD' },
      CostFilters: { TagKeyValue: ['user:installation$chatkit-prod'] },
      TimeUnit: 'MONTHLY',
    },
  })
})

// A reader that idles would make the writer look half as busy.
test('of Aurora the alarms watch the writer, whichever server that is', () => {
  const { operations } = synthesize('prod', (settings) => ({
    ...settings,
    database: { ...settings.database, engine: 'aurora' },
  }))
  for (const title of ['Database CPU', 'Database connections']) {
    operations.hasResourceProperties(ALARM, {
      AlarmName: `chatkit-prod: ${title}`,
      Dimensions: Match.arrayWith([{ Name: 'Role', Value: 'WRITER' }]),
    })
  }
})
