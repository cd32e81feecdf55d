import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { newId } from '../../service/protocol/ids.ts'
import type { UserMessageItem } from '../../service/protocol/items.ts'
import { OWNER, startLedger } from '../support/ledger.ts'
import { query } from '../support/query.ts'

// Another process has taken over but has not ended the run yet: the status alone would let it pass.
test('whoever names an old epoch can write nothing at all', async (t) => {
  const { store, lease, say, databaseUrl, threadId } = await startLedger(t)
  const kept = say('kept')
  assert.ok(await store.ledger.saveItem(lease, kept))
  await query(databaseUrl, 'update runs set epoch = 2')
  assert.equal(await store.ledger.saveItem(lease, say('late')), false)
  assert.equal(await store.ledger.removeItem(lease, kept.id), undefined)
  assert.equal(await store.ledger.updateThread(lease, { title: 'late' }), undefined)
  const checkpoint = { lease, firstSequence: 1, frames: 'id: 1\ndata: {}\n\n' }
  assert.equal((await store.ledger.checkpoint([checkpoint])).size, 0)
  const ending = { outcome: 'done', delivered: true } as const
  assert.equal(await store.ledger.finish(checkpoint, ending), false)
  assert.equal((await store.items.newest(threadId, { limit: 9, lengthMax: 999 }, OWNER)).length, 2)
  assert.deepEqual(await query(databaseUrl, 'select title from threads'), [{ title: null }])
  assert.deepEqual(await query(databaseUrl, 'select 1 from run_chunks'), [])
})

// An item may be committed just before its process dies, and its last frame never written.
test('what was done is not overwritten by what the frames know of it', async (t) => {
  const { store, lease, say, threadId } = await startLedger(t)
  const whole = say('first half and second half')
  await store.ledger.saveItem(lease, whole)
  await store.ledger.saveItem(lease, say('first half', whole.id), { keepStored: true })
  const newest = await store.items.newest(threadId, { limit: 1, lengthMax: 999 }, OWNER)
  assert.deepEqual(newest, [whole])
})

test('a checkpoint and an end whose answers got lost are written again, whole', async (t) => {
  const { store, lease, databaseUrl } = await startLedger(t)
  const first = 'id: 1\ndata: {}\n\n'
  const second = 'id: 2\ndata: {}\n\n'
  await store.ledger.checkpoint([{ lease, firstSequence: 1, frames: first }])
  await store.ledger.checkpoint([{ lease, firstSequence: 1, frames: first + second }])
  const last = { lease, firstSequence: 1, frames: first + second }
  const ending = { outcome: 'done', delivered: true } as const
  assert.ok(await store.ledger.finish(last, ending))
  // Otherwise an answer that is done would be taken for one that was lost.
  assert.ok(await store.ledger.finish(last, ending))
  assert.deepEqual(await query(databaseUrl, 'select runs::int from usage_days'), [{ runs: 1 }])
  assert.deepEqual(await query(databaseUrl, 'select frames from run_chunks'), [
    { frames: first + second },
  ])
})

test('a row that somebody holds costs no other run its lease', async (t) => {
  const { store, lease, databaseUrl } = await startLedger(t)
  const holder = new Client({ connectionString: databaseUrl })
  await holder.connect()
  t.after(() => holder.end())
  await holder.query('begin')
  await holder.query('select id from runs for update')
  const results = await store.ledger.checkpoint([{ lease, firstSequence: 1, frames: 'x' }])
  assert.deepEqual(results.get(lease.runId), { id: lease.runId, written: false, cancel: false })
})

test('a repeat begins only where the user has not gone on', async (t) => {
  const { store, lease, databaseUrl, threadId } = await startLedger(t)
  const [{ message_id: messageId } = { message_id: '' }] = await query<{ message_id: string }>(
    databaseUrl,
    'select message_id from runs',
  )
  const last = { lease, firstSequence: 1, frames: '' }
  await store.ledger.finish(last, { outcome: 'failed', delivered: false })
  const next = { threadId, claim: 'body:2', operation: 'test', holder: 'here' }
  const message: UserMessageItem = {
    type: 'user_message',
    id: newId('message'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    content: [{ type: 'input_text', text: 'Never mind' }],
    attachments: [],
    inference_options: {},
  }
  await store.acceptance.message({ ...next, id: 'run_2' }, message, OWNER)
  await query(databaseUrl, `update runs set status = 'done', ended_at = now()`)
  const repeat = { ...next, id: 'run_3', claim: `body:${threadId}` }
  const again = await store.continuation.again(repeat, messageId, OWNER)
  assert.equal(again.kind, 'superseded')
  const items = await store.items.newest(threadId, { limit: 9, lengthMax: 9_999 }, OWNER)
  assert.equal(items.length, 2, 'what the user said later is still there')
})

test('history and pages end at a budget of characters, and never before their first row', async (t) => {
  const { store, lease, say, threadId } = await startLedger(t)
  for (let index = 0; index < 5; index++) {
    await store.ledger.saveItem(lease, say('x'.repeat(900_000)))
  }
  // A large item counts in part: one image must not make the model forget all that was said.
  const countOf = async (lengthMax: number) =>
    (await store.items.newest(threadId, { limit: 50, lengthMax }, OWNER)).length
  assert.deepEqual([await countOf(10), await countOf(500_000), await countOf(1_100_000)], [1, 2, 6])
  const seen = new Set<string>()
  let after: string | undefined
  do {
    const request = { order: 'asc', limit: 100, after } as const
    const page = await store.items.list(threadId, request, { owner: OWNER })
    assert.ok(page.data.length > 0 && page.data.length <= 3)
    for (const { id } of page.data) seen.add(id)
    after = page.after
  } while (after !== undefined)
  assert.equal(seen.size, 6)
})
