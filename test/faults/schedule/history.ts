import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { ThreadItem } from '../../../service/protocol/items.ts'
import type { ChatClient } from '../../support/chat-client.ts'
import { eventually } from '../../support/eventually.ts'
import { query } from '../../support/query.ts'
import { TICK_LENGTH, WHOLE } from './counting.ts'
import { PROCESSES } from './deployment.ts'
import type { Deployment } from './deployment.ts'
import type { Question } from './question.ts'

/** What may be missing of what was seen: 250 ms of it, and four times that where cores are shared. */
const MISSING_TICKS_MAX = 50

/** What holds at any moment: who was told that a message is stored finds it, once, at any process. */
export async function checkAcknowledged(
  client: ChatClient,
  acknowledged: readonly Question[],
): Promise<void> {
  for (const question of acknowledged) {
    const items = await readAll(client, question.threadId ?? '')
    assert.equal(placesOf(items, question).length, 1, `${question.text} is there once`)
  }
}

/** What holds when everything is well again: nothing is lost, doubled, swapped or left over. */
export async function checkHistory(
  deployment: Deployment,
  questions: readonly Question[],
): Promise<void> {
  // A request of a client that has left may lie at a process that was frozen, and begin only now.
  const read = await eventually(async () => {
    if (!(await hasSettled(deployment.databaseUrl))) return undefined
    const places = Array.from({ length: PROCESSES }, (_, place) => deployment.client(place))
    const [first, ...others] = await Promise.all(places.map(readThreads))
    return others.every((other) => isDeepStrictEqual(other, first)) ? first : undefined
  })
  const threads = new Map(read)
  const ids = [...threads.values()].flat().map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length, 'no id is there twice')
  const asked = deployment.upstream.calls.length
  const runs = await query<RunRow>(deployment.databaseUrl, 'select message_id, status from runs')
  for (const question of questions)
    checkQuestion(question, { threads: [...threads.values()], runs })
  assert.ok(asked <= runs.length, 'the model is asked once for a run')
}

/** Nothing is live that nobody can be writing any more. */
async function hasSettled(databaseUrl: string): Promise<boolean> {
  const left = await query(databaseUrl, "select 1 from runs where status = 'running'")
  return left.length === 0
}

interface RunRow {
  readonly message_id: string
  readonly status: string
}

interface Stored {
  readonly threads: readonly (readonly ThreadItem[])[]
  readonly runs: readonly RunRow[]
}

function checkQuestion(question: Question, { threads, runs }: Stored): void {
  const { text, end, isAcknowledged, seen } = question
  assert.equal(question.silentEnds, 0, `${text}: no stream ends without an answer or a reason`)
  const places = threads.flatMap((items) => placesOf(items, question).map((at) => ({ items, at })))
  assert.ok(
    places.length === 1 || (!isAcknowledged && places.length === 0),
    `${text} is there once`,
  )
  const answers = places.flatMap(({ items, at }) => answersTo(items, at))
  for (const answer of answers) assert.ok(WHOLE.startsWith(answer.text), `${text}: ${answer.text}`)
  // Who seemed to have left has no part in it any more: the next message ends the answer.
  const statuses = places.flatMap(({ items, at }) =>
    runs.flatMap((run) => (run.message_id === items[at]?.id ? [run.status] : [])),
  )
  assert.ok(end !== 'partial' || statuses.includes('cancelled'), `${text}: ${statuses.join()}`)
  const whole = answers.filter((answer) => answer.text === WHOLE)
  assert.ok(whole.length <= 1, `${text} is answered once`)
  assert.ok(end !== 'whole' || whole.length === 1, `${text}: what was heard whole is there`)
  for (const [id, heard] of seen) {
    assert.ok(WHOLE.startsWith(heard), `${text} was told ${heard}`)
    const kept = answers.find((answer) => answer.id === id)?.text ?? whole[0]?.text ?? ''
    const missing = (heard.length - kept.length) / TICK_LENGTH
    assert.ok(missing <= MISSING_TICKS_MAX, `${text}: ${missing} ticks that were seen are missing`)
  }
}

function placesOf(items: readonly ThreadItem[], { text }: Question): number[] {
  return items.flatMap((item, at) =>
    item.type === 'user_message' && item.content[0]?.text === text ? [at] : [],
  )
}

/** What the assistant says between a message and the next one. */
function answersTo(items: readonly ThreadItem[], at: number): { id: string; text: string }[] {
  const after = items.slice(at + 1)
  const next = after.findIndex(({ type }) => type === 'user_message')
  return after
    .slice(0, next < 0 ? undefined : next)
    .flatMap((item) =>
      item.type === 'assistant_message'
        ? [{ id: item.id, text: item.content.map((part) => part.text).join('') }]
        : [],
    )
}

async function readThreads(client: ChatClient): Promise<[string, ThreadItem[]][]> {
  const { data } = await client.listThreads({ limit: 100, order: 'asc' })
  return await Promise.all(
    data.map(async ({ id }): Promise<[string, ThreadItem[]]> => [id, await readAll(client, id)]),
  )
}

async function readAll(client: ChatClient, threadId: string): Promise<ThreadItem[]> {
  const params = { thread_id: threadId, order: 'asc', limit: 100 }
  // A machine that is busy with other things may keep a connection waiting: what a client repeats.
  return await eventually(async () => {
    const { status, body, text } = await client.post<{ data: ThreadItem[] }>('items.list', params)
    assert.ok(status === 200 || status === 503, text)
    return status === 200 && body.data
  })
}
