import { isHidden } from '../../service/protocol/items.ts'
import { toStorable } from '../../service/protocol/normal-event.ts'
import type { ThreadItemInput } from '../../service/protocol/items.ts'
import { query } from '../support/query.ts'
import { owner } from './service.ts'

/** Puts conversations of the owner into the store: each a little newer than the one before. */
export async function addThreads(databaseUrl: string, ids: readonly string[]): Promise<void> {
  await query(
    databaseUrl,
    `insert into threads (id, org_id, user_id, status, metadata, created_at, updated_at)
     select id, $2, $3, '{"type": "active"}', '{}', at, at
       from unnest($1::text[]) with ordinality as one (id, n),
            lateral (select now() - interval '1 hour' + n * interval '10 ms') as made (at)`,
    [ids, owner.orgId, owner.userId],
  )
}

/** Puts items at the end of a conversation. */
export async function addItems(
  databaseUrl: string,
  threadId: string,
  items: readonly ThreadItemInput[],
): Promise<void> {
  const stored = items.map((item) => toStorable(item))
  const rows = stored.map((item) => ({ id: item.id, hidden: isHidden(item), item }))
  await query(
    databaseUrl,
    `with bump as (
       update threads set next_seq = next_seq + $4 where id = $1 returning next_seq - $4 as seq
     )
     insert into items (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
     select $1, row->>'id', $2, $3, bump.seq + n - 1, row->'item'->>'type', (row->>'hidden')::boolean,
            row->'item', length((row->'item')::text), (row->'item'->>'created_at')::timestamptz
       from json_array_elements($5::json) with ordinality as one (row, n), bump`,
    [threadId, owner.orgId, owner.userId, items.length, JSON.stringify(rows)],
  )
}

/** Puts attachments into the store that have been uploaded and wait to be sent. */
export async function addAttachments(databaseUrl: string, ids: readonly string[]): Promise<void> {
  await query(
    databaseUrl,
    `insert into attachments
            (id, org_id, user_id, name, mime_type, size_bytes, metadata, created_at)
     select id, $2, $3, 'notes.txt', 'text/plain', 12, '{}', now()
       from unnest($1::text[]) as one (id)`,
    [ids, owner.orgId, owner.userId],
  )
}

/** Empties the store. */
export async function removeAll(databaseUrl: string): Promise<void> {
  await query(databaseUrl, 'delete from threads; delete from attachments')
}
