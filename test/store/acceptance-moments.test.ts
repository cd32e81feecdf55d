import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../service/errors.ts'
import { newId } from '../../service/protocol/ids.ts'
import type {
  ClientToolCallItem,
  StructuredInputItem,
  UserMessageItem,
} from '../../service/protocol/items.ts'
import type { RunLease } from '../../service/store/run-ledger.ts'
import { OWNER, hold, startLedger, waitingForLocks } from '../support/ledger.ts'
import { query } from '../support/query.ts'

// A statement that waits for its conversation goes on with what it saw before it waited. In each
// of these it sees a conversation that is another one by the time its turn has come.

type Ledger = Awaited<ReturnType<typeof startLedger>>

const DONE = { outcome: 'done', delivered: false } as const
const HISTORY = { limit: 9, lengthMax: 9_999 }

/** Does the first, then holds the conversation until its run has ended, then lets the second go. */
async function oneAfterTheOther<Second>(
  t: Parameters<typeof hold>[0],
  { databaseUrl, store }: Ledger,
  {
    first,
    second,
    lease,
  }: { first: () => Promise<unknown>; second: () => Second; lease: RunLease },
) {
  const before = await hold(t, databaseUrl, 'threads')
  await before.held
  const earlier = first()
  await waitingForLocks(databaseUrl, 1)
  const between = await hold(t, databaseUrl, 'threads')
  await waitingForLocks(databaseUrl, 2)
  const later = second()
  await waitingForLocks(databaseUrl, 3)
  await before.release()
  await between.held
  await earlier
  await store.ledger.finish({ lease, firstSequence: 1, frames: '' }, DONE)
  await between.release()
  return later
}

function runOf({ threadId }: Ledger, id: string) {
  return { id, threadId, claim: `body:${id}`, operation: 'test', holder: 'here' }
}

function leaseOf({ lease }: Ledger, runId: string): RunLease {
  return { ...lease, runId }
}

function nextMessage({ threadId }: Ledger): UserMessageItem {
  return {
    type: 'user_message',
    id: newId('message'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    content: [{ type: 'input_text', text: 'Never mind' }],
    attachments: [],
    inference_options: {},
  }
}

async function firstMessageOf({ databaseUrl }: Ledger): Promise<string> {
  const question = `select id from items where type = 'user_message' order by seq limit 1`
  const [row] = await query<{ id: string }>(databaseUrl, question)
  return row?.id ?? ''
}

test('an answer that is stored while it is asked for again is taken back as well', async (t) => {
  const ledger = await startLedger(t)
  const { store, lease, say, threadId } = ledger
  const messageId = await firstMessageOf(ledger)
  const retry = (id: string) => store.continuation.retry(runOf(ledger, id), messageId, OWNER)
  const outcome = await oneAfterTheOther(t, ledger, {
    first: () => store.ledger.saveItem(lease, say('the answer that is to go')),
    second: () => retry('run_2'),
    lease,
  })
  if (outcome.kind === 'conflict') assert.equal((await retry('run_3')).kind, 'accepted')
  const left = await store.items.newest(threadId, HISTORY, OWNER)
  assert.deepEqual(
    left.map(({ id }) => id),
    [messageId],
  )
})

test('a call of the browser has one outcome, also when two come at once', async (t) => {
  const ledger = await startLedger(t)
  const { store, lease, threadId, databaseUrl } = ledger
  const call: ClientToolCallItem = {
    type: 'client_tool_call',
    id: newId('toolCall'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    status: 'pending',
    call_id: 'call',
    name: 'where_am_i',
    arguments: {},
  }
  await store.ledger.saveItem(lease, call)
  await store.ledger.finish({ lease, firstSequence: 1, frames: '' }, DONE)
  const bring = (id: string, result: string) =>
    store.continuation.toolOutput(runOf(ledger, id), result, OWNER)
  const second = oneAfterTheOther(t, ledger, {
    first: () => bring('run_2', 'first'),
    second: () => outcomeOf(bring('run_3', 'second')),
    lease: leaseOf(ledger, 'run_2'),
  })
  assert.equal(await second, 'no_pending_call')
  const outputs = await query(
    databaseUrl,
    `select item ->> 'output' as output from items where type = 'client_tool_call'`,
  )
  assert.deepEqual(outputs, [{ output: 'first' }])
})

test('a form is answered once, also when two answers come at once', async (t) => {
  const ledger = await startLedger(t)
  const { store, lease, threadId, databaseUrl } = ledger
  const form: StructuredInputItem = {
    type: 'structured_input',
    id: newId('message'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    status: 'pending',
    inputs: [],
  }
  await store.ledger.saveItem(lease, form)
  await store.ledger.finish({ lease, firstSequence: 1, frames: '' }, DONE)
  const answer = (id: string, status: 'answered' | 'skipped') => {
    const answers = { pending: form, answered: { ...form, status } }
    return store.continuation.answers(runOf(ledger, id), answers, OWNER)
  }
  const second = oneAfterTheOther(t, ledger, {
    first: () => answer('run_2', 'answered'),
    second: () => outcomeOf(answer('run_3', 'skipped')),
    lease: leaseOf(ledger, 'run_2'),
  })
  assert.equal(await second, 'form_answered')
  const statuses = await query(
    databaseUrl,
    `select item ->> 'status' as status from items where type = 'structured_input'`,
  )
  assert.deepEqual(statuses, [{ status: 'answered' }])
})

// Without its claim the next repeat would be taken for a request that was never there before: what
// the user said would stand in the conversation twice.
test('a repeat that comes while the user goes on leaves its first run the claim', async (t) => {
  const ledger = await startLedger(t)
  const { store, lease, threadId, databaseUrl } = ledger
  const messageId = await firstMessageOf(ledger)
  const ending = { outcome: 'failed', delivered: false } as const
  await store.ledger.finish({ lease, firstSequence: 1, frames: '' }, ending)
  const claim = `body:${threadId}`
  const repeated = { ...runOf(ledger, 'run_3'), claim, replaces: lease.runId }
  const again = () => store.continuation.again(repeated, messageId, OWNER)
  const goOn = await hold(t, databaseUrl, 'threads')
  await goOn.held
  const next = store.acceptance.message(runOf(ledger, 'run_2'), nextMessage(ledger), OWNER)
  await waitingForLocks(databaseUrl, 1)
  const repeat = again()
  await waitingForLocks(databaseUrl, 2)
  await goOn.release()
  assert.equal((await next).kind, 'accepted')
  assert.equal((await repeat).kind, 'conflict')
  assert.equal((await again()).kind, 'superseded')
  const claimed = await query(databaseUrl, 'select id from runs where claim = $1', [claim])
  assert.deepEqual(claimed, [{ id: lease.runId }])
})

test('a repeat that comes while the user goes on is not answered anew', async (t) => {
  const ledger = await startLedger(t)
  const { store, lease } = ledger
  const messageId = await firstMessageOf(ledger)
  const ending = { outcome: 'failed', delivered: false } as const
  await store.ledger.finish({ lease, firstSequence: 1, frames: '' }, ending)
  const claim = `body:${ledger.threadId}`
  const repeated = { ...runOf(ledger, 'run_3'), claim, replaces: lease.runId }
  const again = () => store.continuation.again(repeated, messageId, OWNER)
  const outcome = await oneAfterTheOther(t, ledger, {
    first: () => store.acceptance.message(runOf(ledger, 'run_2'), nextMessage(ledger), OWNER),
    second: again,
    lease: leaseOf(ledger, 'run_2'),
  })
  assert.equal(outcome.kind, 'conflict')
  assert.equal((await again()).kind, 'superseded')
})

// Each of the two holds what the other waits for, unless both take hold of it in the same order.
test('a repeat and the removal of its conversation do not wait for each other', async (t) => {
  const ledger = await startLedger(t)
  const { store, lease, threadId, databaseUrl } = ledger
  const messageId = await firstMessageOf(ledger)
  const ending = { outcome: 'failed', delivered: false } as const
  await store.ledger.finish({ lease, firstSequence: 1, frames: '' }, ending)
  const before = await hold(t, databaseUrl, 'runs')
  await before.held
  const removal = store.threads.delete(threadId, OWNER)
  await waitingForLocks(databaseUrl, 1)
  const repeated = { ...runOf(ledger, 'run_2'), claim: `body:${threadId}`, replaces: lease.runId }
  const repeat = outcomeOf(store.continuation.again(repeated, messageId, OWNER))
  await waitingForLocks(databaseUrl, 2)
  await before.release()
  await removal
  assert.equal(await repeat, 'thread_not_found')
})

/** What a request was refused with, if it was. */
async function outcomeOf(request: Promise<{ readonly kind: string }>): Promise<string> {
  try {
    return (await request).kind
  } catch (error) {
    if (error instanceof ServiceError) return error.code
    throw error
  }
}
