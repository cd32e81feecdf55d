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
