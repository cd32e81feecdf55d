import { Client } from 'pg'
import { z } from 'zod'
import { tokenOf } from '../support/service.ts'

const ITEMS_PER_THREAD = 20
const THREADS_PER_USER = 10
const SAMPLE_SIZE = 400
const CREATED_AT = '2026-01-01T00:00:00.000Z'
export const ORG = 'acme'

/** A conversation in the store, with what it takes to ask for it. */
export interface StoredThread {
  readonly id: string
  readonly user_id: string
  readonly token: string
}

/**
 * Fills a database that has so many items until it has more, as time would: everybody's turns come
 * one after the other, so that a conversation lies scattered over the table. New users come along.
 */
export async function grow(databaseUrl: string, from: number, to: number): Promise<void> {
  const range = [from / ITEMS_PER_THREAD, to / ITEMS_PER_THREAD]
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    // Looking up each item's conversation would take longer than all the rest.
    await client.query('set session_replication_role = replica')
    await client.query(INSERT_THREADS, [...range, THREADS_PER_USER, ORG])
    await client.query(INSERT_ITEMS, [...range, ITEMS_PER_THREAD])
    await client.query('vacuum (analyze) threads')
    await client.query('vacuum (analyze) items')
  } finally {
    await client.end()
  }
}

/** Conversations from all over the store. */
export async function sample(databaseUrl: string): Promise<readonly StoredThread[]> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const text = 'select id, user_id from threads order by hashtext(id) limit $1'
    const { rows } = await client.query(text, [SAMPLE_SIZE])
    return await Promise.all(
      z
        .array(Row)
        .parse(rows)
        .map(async (row) => ({
          ...row,
          token: await tokenOf({ user: row.user_id, org: ORG }),
        })),
    )
  } finally {
    await client.end()
  }
}

const Row = z.object({ id: z.string(), user_id: z.string() })

// $1 and $2 are the numbers of the first thread and of the one after the last.
const INSERT_THREADS = `
  insert into threads
         (id, org_id, user_id, title, status, metadata, next_seq, created_at, updated_at)
  select 'thr_' || lpad(n::text, 30, '0'), $4,
         'user-' || $1 / $3 + (n - $1) % (($2 - $1) / $3),
         'What was said about number ' || n, '{"type":"active"}', '{}', 1,
         timestamptz '2026-01-01' + n * interval '1 s', timestamptz '2026-01-01'
    from generate_series($1::int, $2::int - 1) as n`

// A question of some 150 characters and an answer of some 300 to 1,500, turn by turn.
const INSERT_ITEMS = `
  insert into items (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
  select thread_id, id, org_id, user_id, seq, type, false, item::json, length(item), created_at
    from (select threads.id as thread_id, org_id, user_id, turn * 2 + side as seq, created_at,
                 'msg_' || md5(threads.id || turn || side) as id,
                 case side when 1 then 'user_message' else 'assistant_message' end as type,
                 format(case side when 1 then $$${questionFormat()}$$ else $$${answerFormat()}$$ end,
                        'msg_' || md5(threads.id || turn || side), threads.id,
                        repeat('some words of it ', case side when 1 then 8
                               else 15 + abs(hashtext(threads.id || turn)) % 70 end)) as item
            from generate_series(0, $3::int / 2 - 1) as turn
           cross join generate_series($1::int, $2::int - 1) as n
           cross join generate_series(1, 2) as side
            join threads on threads.id = 'thr_' || lpad(n::text, 30, '0')
           order by turn, n, side) as new`

function questionFormat(): string {
  return JSON.stringify({
    id: '%1$s',
    thread_id: '%2$s',
    created_at: CREATED_AT,
    type: 'user_message',
    content: [{ type: 'input_text', text: '%3$s' }],
    attachments: [],
    inference_options: {},
  })
}

function answerFormat(): string {
  return JSON.stringify({
    id: '%1$s',
    thread_id: '%2$s',
    created_at: CREATED_AT,
    type: 'assistant_message',
    content: [{ type: 'output_text', text: '%3$s', annotations: [] }],
  })
}
