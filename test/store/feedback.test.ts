import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { OWNER, startLedger, waitingForLocks } from '../support/ledger.ts'
import { query } from '../support/query.ts'

// The user asks for another answer and thinks little of the one that goes, all at once.
test('feedback on an item that is being removed is passed over, and the rest is noted', async (t) => {
  const { store, lease, say, threadId, databaseUrl } = await startLedger(t)
  const [going, staying] = [say('going'), say('staying')]
  await store.ledger.saveItem(lease, going)
  await store.ledger.saveItem(lease, staying)
  const remover = new Client({ connectionString: databaseUrl })
  await remover.connect()
  t.after(() => remover.end())
  await remover.query('begin')
  await remover.query('delete from items where id = $1', [going.id])
  const itemIds = [going.id, staying.id]
  const noted = store.items.addFeedback({ threadId, itemIds, kind: 'negative' }, OWNER)
  noted.catch(() => undefined)
  await waitingForLocks(databaseUrl, 1)
  await remover.query('commit')
  await noted
  assert.deepEqual(await query(databaseUrl, 'select item_id, kind from feedback'), [
    { item_id: staying.id, kind: 'negative' },
  ])
})

test('feedback and the retry that takes its items back do not wait for each other', async (t) => {
  const { store, lease, say, threadId, databaseUrl } = await startLedger(t)
  // By id in another order than by place.
  const [earlier, later] = [say('earlier', 'msg_b'), say('later', 'msg_a')]
  await store.ledger.saveItem(lease, earlier)
  await store.ledger.saveItem(lease, later)
  const ending = { outcome: 'done', delivered: true } as const
  await store.ledger.finish({ lease, firstSequence: 1, frames: '' }, ending)
  const [message] = await query<{ id: string }>(
    databaseUrl,
    "select id from items where type = 'user_message'",
  )
  const holder = new Client({ connectionString: databaseUrl })
  await holder.connect()
  t.after(() => holder.end())
  await holder.query('begin')
  await holder.query('select id from items where id = $1 for update', [earlier.id])
  const run = { id: 'run_2', threadId, claim: 'body:2', operation: 'test', holder: 'here' }
  const retry = store.continuation.retry(run, message?.id ?? '', OWNER)
  retry.catch(() => undefined)
  await waitingForLocks(databaseUrl, 1)
  const itemIds = [earlier.id, later.id]
  const noted = store.items.addFeedback({ threadId, itemIds, kind: 'positive' }, OWNER)
  noted.catch(() => undefined)
  await waitingForLocks(databaseUrl, 2)
  await holder.query('commit')
  assert.equal((await retry).kind, 'accepted')
  await noted
})
