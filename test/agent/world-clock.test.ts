import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunContext } from '@openai/agents'
import { worldClock } from '../../service/agent/tools/world-clock.ts'
import { LiveThread } from '../../service/runs/live-thread.ts'
import type { AgentChat } from '../../service/protocol/author.ts'
import type { WidgetRoot } from '../../service/protocol/widgets.ts'

/** A chat in which a tool may show widgets and nothing else. */
class Stage implements AgentChat {
  readonly user = {
    userId: 'u',
    orgId: '',
    plan: 'free',
    locale: 'en-GB',
    role: 'member' as const,
    claims: {},
  }
  readonly thread = new LiveThread({
    id: 'thr_1',
    created_at: '2026-01-01T00:00:00.000Z',
    status: { type: 'active' },
    metadata: {},
  })
  readonly signal = new AbortController().signal
  readonly widgets: WidgetRoot[] = []

  async showWidget(widget: WidgetRoot | AsyncIterable<WidgetRoot>): Promise<void> {
    if ('type' in widget) this.widgets.push(widget)
  }

  send = unexpected
  save = unexpected
  say = unexpected
  showNotice = unexpected
  runEffect = unexpected
  ask = unexpected
  attachmentUrl = unexpected
  readAttachment = unexpected
  keepImage = unexpected
  noteFailure = unexpected
  showProgress = unexpected
  callBrowser = unexpected
  history = unexpected
  addUsage = unexpected
  answerWith = unexpected
  startWorkflow = unexpected
  addTask = unexpected
  updateTask = unexpected
  endWorkflow = unexpected
}

function unexpected(): never {
  throw new Error('the tool did what it has no reason to do')
}

/** Calls the tool as the SDK does, with arguments as a model may have made them up. */
async function call(args: unknown) {
  const stage = new Stage()
  const context = new RunContext<AgentChat>(stage)
  const output: unknown = await worldClock.invoke(context, JSON.stringify(args))
  return { widgets: stage.widgets, text: JSON.stringify(output) }
}

test('it tells the time in each place and shows a card', async () => {
  const { text, widgets } = await call({
    zones: ['Asia/Kolkata', 'America/New_York'],
    at: '2026-07-01T12:00:00Z',
  })
  assert.match(text, /"time":"17:30".*"offsetMinutes":330/)
  assert.match(text, /"time":"08:00".*"offsetMinutes":-240/)
  assert.match(JSON.stringify(widgets), /Kolkata.*UTC\+5:30.*New York.*UTC−4/)
})

test('a zone that does not exist is named to the model, and nothing is shown', async () => {
  const { text, widgets } = await call({ zones: ['Europe/Atlantis'], at: null })
  assert.match(text, /not IANA time zones.*Europe\/Atlantis/)
  assert.equal(widgets.length, 0)
})

// A model can be talked into any arguments: none of these may get past the schema.
for (const [what, args] of [
  ['a path', { zones: ['../../etc/passwd'], at: null }],
  ['SQL', { zones: ["Europe/Paris'; drop table items"], at: null }],
  ['an address', { zones: ['http://169.254.170.2/v2/credentials'], at: null }],
  ['too many zones', { zones: Array.from({ length: 7 }, () => 'Europe/Paris'), at: null }],
  ['none at all', { zones: [], at: null }],
  ['a very long zone', { zones: [`Europe/${'A'.repeat(100)}`], at: null }],
  ['a date that is none', { zones: ['Europe/Paris'], at: 'tomorrow' }],
] as const) {
  test(`hostile arguments are refused before anything runs: ${what}`, async () => {
    const { text, widgets } = await call(args)
    assert.match(text, /arguments are not valid/)
    assert.equal(widgets.length, 0)
  })
}
