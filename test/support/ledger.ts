import type { TestContext } from 'node:test'
import { Client } from 'pg'
import { newId } from '../../service/protocol/ids.ts'
import type { AssistantMessageItem, UserMessageItem } from '../../service/protocol/items.ts'
import { Database } from '../../service/store/pool.ts'
import type { RunLease } from '../../service/store/run-ledger.ts'
import { createStore } from '../../service/store/store.ts'
import type { Store } from '../../service/store/store.ts'
import { createDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { query } from './query.ts'

export const OWNER = { orgId: '', userId: 'alice' }

/** A conversation in which one run is live, and messages for it. */
export interface LiveConversation {
  readonly threadId: string
  readonly lease: RunLease
  readonly say: (text: string, id?: string) => AssistantMessageItem
}

/** A store with one conversation in which one run is live. */
export async function startLedger(t: TestContext) {
  const { store, databaseUrl } = await startStore(t)
  return { store, databaseUrl, ...(await converse(store)) }
}

/** A store with nothing in it. */
export async function startStore(t: TestContext) {
  const databaseUrl = await createDatabase(t)
  const options = {
    connection: { connectionString: databaseUrl },
    connectionsMax: 3,
    onIdleError: () => undefined,
  }
  const database = new Database(options)
  const lifeline = new Database({ ...options, connectionsMax: 1 })
  t.after(() => Promise.all([database.close(), lifeline.close()]))
  return { store: createStore(database, lifeline), databaseUrl }
}

/** Begins a conversation with "Hi", which a run then answers. */
export async function converse(store: Store): Promise<LiveConversation> {
  const threadId = newId('thread')
  const created_at = new Date().toISOString()
  const message: UserMessageItem = {
    type: 'user_message',
    id: newId('message'),
    thread_id: threadId,
    created_at,
    content: [{ type: 'input_text', text: 'Hi' }],
    attachments: [],
    inference_options: {},
  }
  const run = {
    id: newId('run'),
    threadId,
    claim: `body:${threadId}`,
    operation: 'test',
    holder: 'here',
  }
  const thread = { id: threadId, created_at, status: { type: 'active' as const }, metadata: {} }
  await store.acceptance.create({ ...run, messageId: message.id }, { thread, message }, OWNER)
  const lease = { runId: run.id, epoch: 1, threadId, owner: OWNER }
  const say = (text: string, id = newId('message')): AssistantMessageItem => ({
    type: 'assistant_message',
    id,
    thread_id: threadId,
    created_at,
    content: [{ type: 'output_text', text, annotations: [] }],
  })
  return { lease, say, threadId }
}

/** Waits until so many statements wait for a lock. */
export async function waitingForLocks(databaseUrl: string, count: number): Promise<void> {
  const question = `select pid from pg_stat_activity
                     where datname = current_database() and wait_event_type = 'Lock'`
  await eventually(async () => (await query(databaseUrl, question)).length === count)
}

/**
 * Something that holds all rows of a table for a while, such as a change whose commit is slow.
 * `held` resolves when it has them: it waits in line.
 */
export async function hold(t: TestContext, databaseUrl: string, table: 'threads' | 'runs') {
  const holder = new Client({ connectionString: databaseUrl })
  await holder.connect()
  t.after(() => holder.end())
  await holder.query('begin')
  const held = holder.query(`select id from ${table} for update`)
  return { held, release: async () => void (await holder.query('commit')) }
}
