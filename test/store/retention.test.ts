import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { createStore } from '../../service/store/store.ts'
import { Database } from '../../service/store/pool.ts'
import { attach, notes, startWithFolder } from '../attachments/upload.ts'
import { input } from '../support/chat-client.ts'
import { query } from '../support/query.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, bob, otherAlice } from '../support/service.ts'

const application = scripted((chat) => sayWhole(chat, 'Hello'))

/** A service with a conversation of each user, and its store as the sweep has it. */
async function startWithThreads(t: Parameters<typeof startWithFolder>[0]) {
  const { service } = await startWithFolder(t, { replacements: { application } })
  const { databaseUrl } = service
  const database = new Database({
    connection: { connectionString: databaseUrl },
    connectionsMax: 2,
    onIdleError: () => undefined,
  })
  t.after(() => database.close())
  const ids: string[] = []
  for (const user of [alice, bob, otherAlice, { user: 'carol' }]) {
    const client = await service.as(user)
    const { id } = await attach(client, notes)
    const params = { input: { ...input('Hi'), attachments: [id] } }
    ids.push((await client.hear(client.stream('threads.create', params))).threadId)
  }
  const [hers = '', his = '', foreign = '', alone = ''] = ids
  /** Lets time go by for conversations: both for their beginning and their last change. */
  const age = (days: number, threadIds: readonly string[]) =>
    query(
      databaseUrl,
      `update threads set created_at = created_at - make_interval(days => $1),
                          updated_at = updated_at - make_interval(days => $1)
        where id = any($2)`,
      [days, threadIds],
    )
  const left = async () => {
    const rows = await query<{ id: string }>(databaseUrl, 'select id from threads')
    return ids.filter((id) => rows.some((row) => row.id === id))
  }
  return {
    store: createStore(database, database),
    databaseUrl,
    age,
    left,
    hers,
    his,
    foreign,
    alone,
  }
}

test('what nobody has changed for as long as an organisation keeps it goes, with all that is in it', async (t) => {
  const { store, databaseUrl, age, left, ...threads } = await startWithThreads(t)
  const { hers, his, foreign, alone } = threads
  await age(31, [hers, foreign, alone])
  await age(29, [his])
  assert.equal(await store.retention.removeThreads({ byOrg: {} }), false)
  assert.deepEqual(await left(), [hers, his, foreign, alone], 'without a policy all is kept')

  await store.retention.removeThreads({ byOrg: { acme: 30 } })
  assert.deepEqual(await left(), [his, foreign, alone])
  for (const table of ['items', 'runs', 'attachments']) {
    const rows = await query(databaseUrl, `select 1 from ${table} where thread_id = $1`, [hers])
    assert.equal(rows.length, 0, table)
  }
  const discarded = await query(databaseUrl, 'select user_id from discarded_files')
  assert.deepEqual(discarded, [{ user_id: 'alice' }])
  assert.equal((await query(databaseUrl, 'select 1 from usage_days')).length, 4, 'usage is kept')

  await store.retention.removeThreads({ days: 20, byOrg: { acme: 30 } })
  assert.deepEqual(await left(), [his], 'an organisation may keep for longer than the others')
})

test('a conversation that is old but goes on is kept, and so is one that is being answered', async (t) => {
  const { store, databaseUrl, age, left, hers, his } = await startWithThreads(t)
  await age(100, [hers, his])
  await query(databaseUrl, 'update threads set updated_at = now() where id = $1', [hers])
  await query(
    databaseUrl,
    `update runs set status = 'running', ended_at = null, claim = 'x' where thread_id = $1`,
    [his],
  )
  await store.retention.removeThreads({ days: 1, byOrg: {} })
  const ids = await left()
  assert.ok(ids.includes(hers) && ids.includes(his))
})

test('sweeps at once take different conversations, a batch each, and wait for nobody', async (t) => {
  const { store, databaseUrl } = await startWithThreads(t)
  await query(
    databaseUrl,
    `insert into threads (id, org_id, user_id, status, metadata, created_at, updated_at)
     select 'old_' || n, 'acme', 'alice', '{"type":"active"}', '{}', '2020-01-01', '2020-01-01'
       from generate_series(1, 50) as n`,
  )
  const policy = { days: 30, byOrg: {} }
  const other = new Client({ connectionString: databaseUrl })
  await other.connect()
  await other.query('begin')
  // What another sweep, or an answer, is at work on.
  await other.query(`select 1 from threads where id like 'old_%' order by id limit 30 for update`)
  assert.equal(await store.retention.removeThreads(policy), true)
  assert.equal(await store.retention.removeThreads(policy), false, 'all that is free is gone')
  await other.query('rollback')
  await other.end()
  const old = `select 1 from threads where id like 'old_%'`
  assert.equal((await query(databaseUrl, old)).length, 30)
  while (await store.retention.removeThreads(policy));
  assert.equal((await query(databaseUrl, old)).length, 0)
})

test('the ledger forgets runs after 30 days, and minutes that are over become usage', async (t) => {
  const { store, databaseUrl, hers } = await startWithThreads(t)
  await query(
    databaseUrl,
    `update runs set claim = null, ended_at = now() - interval '31 days' where thread_id = $1`,
    [hers],
  )
  const before = await query<{ requests: number }>(
    databaseUrl,
    'select sum(requests)::int as requests from request_windows',
  )
  await query(databaseUrl, `update request_windows set began_at = now() - interval '2 minutes'`)
  await store.retention.removeRecords()
  assert.equal((await query(databaseUrl, 'select 1 from runs')).length, 3)
  assert.equal((await query(databaseUrl, 'select 1 from request_windows')).length, 0)
  const after = await query(databaseUrl, 'select sum(requests)::int as requests from usage_days')
  assert.deepEqual(after, before)
  assert.ok((before[0]?.requests ?? 0) >= 8)
})
