import { randomUUID } from 'node:crypto'
import { failed, judge, passed, skipped } from './check.ts'
import type { Finding, Part } from './check.ts'
import { readEvents } from './events.ts'
import type { Flow } from './flow.ts'
import { messageOf } from './operations.ts'
import { chatRequest, threadIdOf } from './site.ts'
import type { Site } from './site.ts'

const FIRST_EVENT_MS_MAX = 2_000
/** An answer that is over sooner says nothing about buffers. */
const TELLING_MS_MIN = 400
/** What arrives in fewer steps than this, and late, was held back somewhere. */
const STEPS_MIN = 4
const STEP_MS_MIN = 10
/** A reader that has heard this much already is sent nothing but heartbeats. */
const LAST_EVENT_ID = '999999990'
const ANSWER_MS_MAX = 120_000
/** Two readers of one answer do not hear its end in the same moment. */
const LAST_WORDS_MS = 2_000
const IDLE_MARGIN_SECONDS = 5
const BUFFER_REMEDY =
  'Switch buffering and compression off for text/event-stream on everything between the service and the browser.'

/** Answers arrive while they are written, whole, and through silence. */
export const streaming: Part = {
  name: 'streaming',
  title: 'Streaming',
  checks: [
    {
      id: 'streaming.whole',
      title: 'an answer arrives whole',
      remedy:
        'See the log for the request; look for a time-out or a limit on the way that is shorter than an answer.',
      run: answerIsWhole,
    },
    {
      id: 'streaming.pieces',
      title: 'in pieces, as it is written',
      remedy: BUFFER_REMEDY,
      after: ['streaming.whole'],
      run: answerComesInPieces,
    },
    {
      id: 'streaming.first-event',
      title: `its first event within ${FIRST_EVENT_MS_MAX / 1_000} s`,
      remedy: 'Look at the time to the database and at the load of the tasks: infra/RUNBOOK.md.',
      after: ['streaming.whole', 'streaming.pieces'],
      run: firstEventIsFast,
    },
    {
      id: 'streaming.heartbeat',
      title: 'silence is filled with heartbeats, and held',
      remedy:
        'Set streaming.heartbeatSeconds to at most half of streaming.idleSeconds, and raise every idle time-out on the way above it.',
      after: ['streaming.whole', 'streaming.pieces'],
      run: silenceIsHeld,
    },
    {
      id: 'streaming.repeat',
      title: 'the same request twice is one message',
      remedy:
        'Let idempotency-key through, and claim it in the transaction that accepts the message.',
      after: ['streaming.whole'],
      run: repeatIsOne,
    },
  ],
}

async function answerIsWhole(site: Site): Promise<Finding> {
  const { flow } = await site.conversation(site.users.owner)
  const { events, unreadable } = readEvents(flow.text)
  const error = events.find(({ type }) => type === 'error')
  const isAnswered = events.some(
    ({ type, item }) => type === 'thread.item.done' && item?.type !== 'user_message',
  )
  const type = flow.headers.get('content-type') ?? 'no content type'
  const faults = [
    ...(flow.status === 200 ? [] : [`status ${flow.status}`]),
    ...(type.startsWith('text/event-stream') ? [] : [type]),
    ...(events[0]?.type === 'thread.created' ? [] : ['it does not begin with thread.created']),
    ...(flow.end?.isWhole ? [] : ['the connection ended before the answer did']),
    ...(unreadable > 0 ? [`${unreadable} events cannot be read`] : []),
    ...(error ? [`an error event: ${error.message ?? ''}`] : []),
    ...(isAnswered || error ? [] : ['no finished item of the answer']),
  ]
  return judge(faults, `${events.length} events in ${flow.end?.atMs ?? 0} ms`)
}

async function answerComesInPieces(site: Site): Promise<Finding> {
  const { flow } = await site.conversation(site.users.owner)
  const encoding = flow.headers.get('content-encoding')
  if (encoding !== undefined) return failed(`it is compressed with ${encoding}, which buffers`)
  const end = flow.end?.atMs ?? 0
  const first = flow.arrivals[0]?.atMs ?? end
  if (end < TELLING_MS_MIN) return passed(`all of it within ${end} ms, too quick to tell more`)
  const saw = `${flow.arrivals.length} arrivals, the first after ${first} ms, the last after ${end} ms`
  const steps = flow.arrivals.filter(
    ({ atMs }, index) => atMs - (flow.arrivals[index - 1]?.atMs ?? 0) >= STEP_MS_MIN,
  )
  return first > end / 2 && steps.length < STEPS_MIN ? failed(saw) : passed(saw)
}

async function firstEventIsFast(site: Site): Promise<Finding> {
  const { flow } = await site.conversation(site.users.owner)
  const first = flow.arrivals[0]?.atMs ?? Infinity
  const saw = `${first} ms`
  return first <= FIRST_EVENT_MS_MAX ? passed(saw) : failed(saw)
}

/**
 * Holds a stream on which nothing is said. To have one, a second reader joins an answer and claims
 * to have heard all of it: as long as the answer goes on it gets heartbeats and nothing else.
 */
async function silenceIsHeld(site: Site): Promise<Finding> {
  const { owner } = site.users
  const { prompt, heartbeatSeconds, idleSeconds } = site.options
  const operation = { type: 'threads.create', params: { input: messageOf(prompt) } }
  const key = { 'idempotency-key': `verify-${randomUUID()}` }
  const talking = await site.wire.open(chatRequest(operation, owner, key))
  const threadId = await threadOf(talking)
  if (threadId === undefined) return failed(`no answer began: status ${talking.status}`)
  site.keep(owner, threadId)
  try {
    const headers = { ...key, 'last-event-id': LAST_EVENT_ID }
    const silent = await site.wire.open(chatRequest(operation, owner, headers))
    const end = await silent.read(idleSeconds * 1_000)
    const own = threadIdOf(silent.text)
    if (own !== undefined && own !== threadId) site.keep(owner, own)
    if (end) await talking.read(LAST_WORDS_MS)
    const isOver = talking.end?.isWhole ?? false
    return judgeSilence(silent, { heartbeatSeconds, idleSeconds, isOver, end })
  } finally {
    talking.stop()
  }
}

interface Silence {
  readonly heartbeatSeconds: number
  readonly idleSeconds: number
  /** Whether the answer itself has ended. */
  readonly isOver: boolean
  /** When the silent stream ended, unless it was still open. */
  readonly end: { readonly atMs: number; readonly isWhole: boolean } | undefined
}

function judgeSilence(silent: Flow, silence: Silence): Finding {
  const { heartbeatSeconds, idleSeconds, isOver, end } = silence
  const heldMs = end?.atMs ?? idleSeconds * 1_000
  const held = `${(heldMs / 1_000).toFixed(1)} s`
  if (end && !(isOver && end.isWhole)) return failed(`cut after ${held}, while the answer went on`)
  if (silent.text.includes('data:')) {
    return skipped('no stream is silent here: who joins an answer late hears it from its beginning')
  }
  const times = [0, ...silent.arrivals.map(({ atMs }) => atMs), heldMs]
  const longestMs = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)))
  const allowedMs = heartbeatSeconds * 1_250 + 500
  const pings = silent.arrivals.length
  const longest = `${(longestMs / 1_000).toFixed(1)} s`
  if (longestMs > allowedMs) return failed(`nothing for ${longest}`)
  if (end) {
    return skipped(
      `the answer was over after ${held}, so ${idleSeconds} s could not be held (${pings} heartbeats): ask for a longer one with --prompt`,
    )
  }
  if (pings === 0) {
    return skipped(
      `held for ${held}, which is too short to see a heartbeat: give --idle ${heartbeatSeconds + IDLE_MARGIN_SECONDS}`,
    )
  }
  return passed(`heartbeats: ${pings} in ${held}, never more than ${longest} apart`)
}

/** The conversation that a stream creates, as soon as it says so. */
async function threadOf(flow: Flow): Promise<string | undefined> {
  const deadline = Date.now() + ANSWER_MS_MAX
  while (Date.now() < deadline) {
    const id = threadIdOf(flow.text)
    if (id !== undefined || flow.end) return id
    await flow.next()
  }
  return undefined
}

async function repeatIsOne(site: Site): Promise<Finding> {
  const { owner } = site.users
  const { ask, threadId } = await site.conversation(owner)
  const flow = await site.wire.open(ask)
  await flow.read(ANSWER_MS_MAX)
  const again = threadIdOf(flow.text)
  if (again === undefined) return failed(`no conversation but ${flow.status} for the repeat`)
  if (again === threadId) return passed('one conversation, and the same answer')
  site.keep(owner, again)
  return failed('two conversations')
}
