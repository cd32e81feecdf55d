import { Client } from 'pg'
import { newId } from '../../../service/protocol/ids.ts'
import type { UserMessageItem } from '../../../service/protocol/items.ts'
import { RunAcceptance } from '../../../service/store/accept.ts'
import type { NewRun } from '../../../service/store/acceptance.ts'
import { Database } from '../../../service/store/pool.ts'
import { query } from '../../support/query.ts'
import type { Bench, PartResult } from '../bench.ts'
import { inParallel, inTurns, median } from '../statistics.ts'
import { ratioRow } from '../table.ts'

const WORKERS = 4
const MESSAGES = 600
const ROUNDS = 6
const OWNER = { orgId: 'acme', userId: 'alice' }

/** What it costs to accept a message: one statement, or a transaction of plain ones. */
export async function accept(bench: Bench): Promise<PartResult> {
  const databaseUrl = await bench.createDatabase()
  await using one = await oneStatement(databaseUrl)
  await using many = await pipelined(databaseUrl)
  const measures = {
    one: () => measure(databaseUrl, one.accept),
    many: () => measure(databaseUrl, many.accept),
  }
  bench.say(`accept: ${ROUNDS} rounds`)
  await inTurns(1, measures)
  const costs = await inTurns(ROUNDS, measures)
  const compare = (of: keyof Cost) => ({
    ours: costs.one.map((cost) => cost[of]),
    other: costs.many.map((cost) => cost[of]),
    unit: 'µs',
  })
  return {
    rows: [
      ratioRow('accept, CPU of our process: a pipelined transaction', compare('cpuMicros')),
      ratioRow('accept, time: a pipelined transaction', compare('wallMicros')),
    ],
    notes: [
      `Accept is a message that begins a run: ownership, claim, sequence number and item. Against our one statement stands a transaction of six plain ones, named and sent at once; ${WORKERS} at a time, a connection each.`,
    ],
  }
}

interface Cost {
  readonly cpuMicros: number
  readonly wallMicros: number
}

type Accept = (run: NewRun, message: UserMessageItem, worker: number) => Promise<void>

async function measure(databaseUrl: string, acceptOne: Accept): Promise<Cost> {
  const threadIds = Array.from({ length: MESSAGES }, () => newId('thread'))
  await query(
    databaseUrl,
    `insert into threads (id, org_id, user_id, status, metadata, created_at, updated_at)
     select id, 'acme', 'alice', '{"type":"active"}', '{}', now(), now() from unnest($1::text[]) as id`,
    [threadIds],
  )
  const times: number[] = []
  const before = process.cpuUsage()
  const workers = Array.from({ length: WORKERS }, (_none, index) => index)
  await inParallel(workers, MESSAGES, async (worker, turn) => {
    const threadId = threadIds[turn] ?? ''
    const message = messageFor(threadId)
    const run = {
      id: newId('run'),
      threadId,
      claim: `body:${newId('request')}`,
      operation: 'threads.add_user_message',
      holder: 'bench',
      messageId: message.id,
    }
    const startedAt = performance.now()
    await acceptOne(run, message, worker)
    times.push((performance.now() - startedAt) * 1_000)
  })
  const { user, system } = process.cpuUsage(before)
  return { cpuMicros: (user + system) / MESSAGES, wallMicros: median(times) }
}

function messageFor(threadId: string): UserMessageItem {
  return {
    type: 'user_message',
    id: newId('message'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    content: [{ type: 'input_text', text: 'What is the answer to all of this, in a few words?' }],
    attachments: [],
    inference_options: {},
  }
}

async function oneStatement(databaseUrl: string) {
  const database = new Database({
    connection: { connectionString: databaseUrl },
    connectionsMax: WORKERS,
    onIdleError: () => undefined, // the database may end before its connections have
  })
  const acceptance = new RunAcceptance(database)
  const acceptOne: Accept = async (run, message) => {
    const { kind } = await acceptance.message(run, message, OWNER)
    if (kind !== 'accepted') throw new Error(kind)
  }
  return { accept: acceptOne, [Symbol.asyncDispose]: () => database.close() }
}

async function pipelined(databaseUrl: string) {
  const clients = Array.from(
    { length: WORKERS },
    () => new Client({ connectionString: databaseUrl, pipeline: true }),
  )
  await Promise.all(clients.map((client) => client.connect()))
  const acceptOne: Accept = async (run, message, worker) => {
    const client = clients[worker]
    if (!client) throw new Error('no such worker')
    const results = await Promise.all(
      statements(run, message).map((statement) => client.query(statement)),
    )
    if (results[4]?.rowCount !== 1) throw new Error('not accepted')
  }
  const close = async () => {
    await Promise.all(clients.map((client) => client.end()))
  }
  return { accept: acceptOne, [Symbol.asyncDispose]: close }
}

function statements(run: NewRun, message: UserMessageItem) {
  const thread = [run.threadId, OWNER.orgId, OWNER.userId]
  return [
    { name: 'begin', text: 'begin' },
    {
      name: 'lock_thread',
      text: `select id, title, status, allowed_image_domains, metadata, created_at
               from threads where id = $1 and org_id = $2 and user_id = $3 for update`,
      values: thread,
    },
    {
      name: 'claim',
      text: `insert into runs (id, org_id, user_id, thread_id, claim, operation, owner, message_id,
                               status, lease_until)
             select $4, $2, $3, $1, $5, $6, $7, $8, 'running', now() + interval '8 s'
               from threads
              where id = $1 and org_id = $2 and user_id = $3 and status ->> 'type' = 'active'
                 on conflict do nothing`,
      values: [...thread, run.id, run.claim, run.operation, run.holder, run.messageId],
    },
    {
      name: 'bump',
      text: `update threads set next_seq = next_seq + 1, updated_at = now()
              where id = $1 and org_id = $2 and user_id = $3
                and exists (select from runs where id = $4)`,
      values: [...thread, run.id],
    },
    {
      name: 'add_item',
      text: `insert into items
                    (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
             select $1, $5, $2, $3, next_seq - 1, 'user_message', false, $6::text::json,
                    length($6::text), $7::timestamptz
               from threads
              where id = $1 and org_id = $2 and user_id = $3
                and exists (select from runs where id = $4)`,
      values: [...thread, run.id, message.id, JSON.stringify(message), message.created_at],
    },
    { name: 'commit', text: 'commit' },
  ]
}
