import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../service/log.ts'
import { Sweeper } from '../../service/runs/sweeper.ts'
import { Database } from '../../service/store/pool.ts'
import { RunLedger } from '../../service/store/run-ledger.ts'
import { createStore } from '../../service/store/store.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
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

// A conversation whose run is never ended takes no more messages.
test('a run that could not be folded up is taken again, by the same process too', async (t) => {
  const databaseUrl = await createDatabase(t)
  const options = {
    connection: { connectionString: databaseUrl },
    connectionsMax: 2,
    onIdleError: () => undefined,
  }
  const database = new Database(options)
  await query(databaseUrl, LOST_RUN)
  const store = { ...createStore(database, database), ledger: new FailsOnce(database, database) }
  const counted: string[] = []
  const sweeper = new Sweeper({
    store,
    log: createLog('silent'),
    meter: { runEnded: (outcome) => counted.push(outcome) },
    owner: 'here',
    ownRuns: () => [],
    retention: { byOrg: {} },
  })
  t.after(async () => {
    await sweeper.close()
    await database.close()
  })
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
