import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createLog } from '../../service/log.ts'
import { parseFrames, toFrame } from '../../service/protocol/frames.ts'
import { Sweeper } from '../../service/runs/sweeper.ts'
import { Database } from '../../service/store/pool.ts'
import { RunLedger } from '../../service/store/run-ledger.ts'
import { RunRecovery } from '../../service/store/run-recovery.ts'
import { createStore } from '../../service/store/store.ts'
import type { Store } from '../../service/store/store.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startLedger } from '../support/ledger.ts'
import { query } from '../support/query.ts'

/** A ledger that cannot end a run the first time. */
class FailsOnce extends RunLedger {
  #hasFailed = false

  override finish(...args: Parameters<RunLedger['finish']>): Promise<boolean> {
    if (this.#hasFailed) return super.finish(...args)
    this.#hasFailed = true
    return Promise.reject(new Error('not this time'))
  }
}

const LOST_RUN = `
  with thread as (
    insert into threads (id, org_id, user_id, status, metadata, created_at, updated_at)
    values ('thr_1', '', 'alice', '{"type": "active"}', '{}', now(), now())
  )
  insert into runs (id, org_id, user_id, thread_id, operation, status, owner, lease_until)
  values ('run_1', '', 'alice', 'thr_1', 'test', 'running', 'gone', now() - interval '1 second')`

/** Remembers when a lost run was seen first, and when it was taken. */
class Watched extends RunRecovery {
  seenAt = 0
  takenAt = 0

  override async findExpired(...args: Parameters<RunRecovery['findExpired']>) {
    const found = await super.findExpired(...args)
    if (found.length > 0) this.seenAt ||= performance.now()
    return found
  }

  override take(...args: Parameters<RunRecovery['take']>) {
    this.takenAt ||= performance.now()
    return super.take(...args)
  }
}

/** A sweeper on a database with a run that nobody is at work on. */
async function startSweeper(t: TestContext) {
  const databaseUrl = await createDatabase(t)
  const database = new Database({
    connection: { connectionString: databaseUrl },
    connectionsMax: 2,
    onIdleError: () => undefined,
  })
  await query(databaseUrl, LOST_RUN)
  const recovery = new Watched(database)
  const ledger = new FailsOnce(database, database)
  const counted: string[] = []
  sweep(t, { ...createStore(database, database), ledger, recovery }, counted)
  t.after(() => database.close())
  return { databaseUrl, recovery, counted }
}

/** Looks after a store until the test is over. */
function sweep(t: TestContext, store: Store, counted: string[] = []): void {
  const sweeper = new Sweeper({
    store,
    log: createLog('silent'),
    meter: { runEnded: (outcome) => counted.push(outcome) },
    holder: 'here',
    ownRuns: () => [],
    retention: { byOrg: {} },
  })
  t.after(() => sweeper.close())
}

// After an outage of the database every lease is over, and the owners need a moment to renew
// theirs.
test('a run is taken only when its lease has been seen to be over for three seconds', async (t) => {
  const { recovery } = await startSweeper(t)
  await eventually(() => recovery.takenAt > 0)
  assert.ok(recovery.takenAt - recovery.seenAt >= 3_000)
})

// A conversation whose run is never ended takes no more messages.
test('a run that could not be folded up is taken again, by the same process too', async (t) => {
  const { databaseUrl, counted } = await startSweeper(t)
  const epochIs = async (epoch: number) => {
    const rows = await query(databaseUrl, 'select 1 from runs where epoch = $1', [epoch])
    return rows.length === 1
  }
  await eventually(() => epochIs(2))
  await query(databaseUrl, `update runs set lease_until = now() - interval '1 second'`)
  await eventually(() => epochIs(3))
  await eventually(
    async () =>
      (await query(databaseUrl, `select 1 from runs where status = 'interrupted'`)).length === 1,
  )
  assert.ok(await epochIs(3))
  // The attempt that failed is no second answer that was cut off.
  await eventually(() => counted.length > 0)
  assert.deepEqual(counted, ['interrupted'])
})

// An item is stored at once and its last frame with the next checkpoint: a process may die between.
test('what a lost process has stored is done for whoever listens, and what it has not is gone', async (t) => {
  const { store, databaseUrl, lease, say } = await startLedger(t)
  const stored = say('all of it')
  const partial = say('the beginning')
  const empty = say('')
  assert.ok(await store.ledger.saveItem(lease, stored))
  const begun = [{ ...stored, content: [] }, partial, empty]
  const frames = begun.map((item, index) => toFrame(index + 1, { type: 'thread.item.added', item }))
  await store.ledger.checkpoint([{ lease, firstSequence: 1, frames: frames.join('') }])
  await query(databaseUrl, `update runs set lease_until = now() - interval '1 second'`)
  sweep(t, store)
  const last = await eventually(async () => {
    const chunks = await query<{ frames: string }>(
      databaseUrl,
      'select frames from run_chunks where epoch = 2',
    )
    return chunks[0]?.frames
  })
  const words: unknown[] = parseFrames(last).map(({ json }) => JSON.parse(json))
  assert.deepEqual(words.slice(0, -1), [
    { type: 'thread.item.done', item: stored },
    { type: 'thread.item.done', item: partial },
    { type: 'thread.item.removed', item_id: empty.id },
  ])
  assert.match(JSON.stringify(words.at(-1)), /"type":"error"/)
})
