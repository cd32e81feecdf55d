import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { createStore } from '../../service/store/store.ts'
import { Database } from '../../service/store/pool.ts'
import { attach, notes, startWithFolder } from '../attachments/upload.ts'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
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

const MINUTE_MS = 60_000
const MANY = 400

// Nobody calls for it: the service does it by itself, every minute.
test('a service that runs removes what an organisation has kept for long enough, and serves meanwhile', async (t) => {
  const clock = performance.now.bind(performance)
  let ahead = 0
  t.mock.method(performance, 'now', () => clock() + ahead)
  const { service } = await startWithFolder(t, {
    replacements: { application },
    environment: { RETENTION: '{"acme":30}', QUOTAS: '{"default":{}}' },
  })
  const { databaseUrl } = service
  const hers = await service.as(alice)
  const foreign = await service.as(otherAlice)
  const young = await hers.say('Hello')
  const kept = await foreign.say('Hello')
  await query(
    databaseUrl,
    `with old as (
       insert into threads (id, org_id, user_id, status, metadata, created_at, updated_at)
       select 'old_' || org || n, org, 'alice', '{"type":"active"}', '{}',
              now() - interval '31 days', now() - interval '31 days'
         from generate_series(1, $1) as n, unnest(array['acme', 'globex']) as org
       returning id, org_id, user_id)
     insert into items (id, thread_id, org_id, user_id, seq, type, hidden, item, length, created_at)
     select 'msg_' || id, id, org_id, user_id, 1, 'user_message', false, '{}', 2, now() from old`,
    [MANY],
  )
  const left = async () => {
    const rows = await query<{ count: number }>(
      databaseUrl,
      `select count(*)::int as count from threads where id like 'old_acme%'`,
    )
    return rows[0]?.count ?? 0
  }
  assert.equal(await left(), MANY)
  ahead = MINUTE_MS
  let served = 0
  await eventually(async () => {
    const page = await hers.listThreads()
    assert.ok(page.data.length > 0)
    served += 1
    return (await left()) < MANY
  })
  while ((await left()) > 0) {
    assert.equal((await hers.say('Still there?')).text, 'Hello')
    served += 1
  }
  assert.ok(served > 1)
  assert.ok((await hers.listThreads()).data.some(({ id }) => id === young.threadId))
  const theirs = `select 1 from threads where org_id = 'globex'`
  assert.equal((await query(databaseUrl, theirs)).length, MANY + 1, 'of others nothing is gone')
  assert.equal((await foreign.listItems(kept.threadId)).data.length, 2)
  const items = await query(databaseUrl, `select 1 from items where thread_id like 'old_acme%'`)
  assert.deepEqual(items, [])
})
