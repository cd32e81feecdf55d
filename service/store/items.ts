import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { isHidden } from '../protocol/items.ts'
import type { ThreadItem } from '../protocol/items.ts'
import type { Page } from '../protocol/thread.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'
import type { PageRequest } from './threads.ts'

// Rows are written from typed items alone, so reading asks no more than that it is one. Checking
// every field of every row again would cost more than the query.
export const StoredItem = z.custom<ThreadItem>(
  (value) => typeof value === 'object' && value !== null && 'id' in value && 'type' in value,
)
const StoredItems = z.array(StoredItem)
const ItemRow = z.object({ item: StoredItem })
const CountedRow = z.object({
  item: StoredItem.nullable(),
  candidates: z.int().nullable(),
  stored: z.array(z.string()),
})

/** Items from the JSON that they are stored as, with commas between them. */
export function parseItems(rows: string): ThreadItem[] {
  return StoredItems.parse(JSON.parse(`[${rows}]`))
}

/** A large item must not take the place of the whole conversation: it counts as this much. */
const ITEM_COST_MAX = 200_000

/** Behind every sequence number that there can be. */
const SEQ_MAX = '9223372036854775807'

/** A page ends here even if more rows were asked for, but never before its first row. */
export const PAGE_LENGTH_MAX = 2_000_000

/** What conversations are made of. Order is the sequence number, never a time or an id. */
export class ItemStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * One page of what a client may see. Hidden items are left out before the limit is applied.
   *
   * `unfinished` are items that an answer has begun, and that may have been stored since: the page
   * and which of them are stored are as of one moment. Whichever is not comes after all that is, so
   * it can be what the page goes on from.
   */
  async list(
    threadId: string,
    request: PageRequest,
    { owner, unfinished = [] }: { owner: Owner; unfinished?: readonly string[] },
  ): Promise<StoredPage> {
    const { order, limit, after: cursor } = request
    const ids = cursor === undefined ? unfinished : [...unfinished, cursor]
    const values = [threadId, owner.orgId, owner.userId, limit + 1, PAGE_LENGTH_MAX, ids]
    const { rows } = await this.#database.run(
      cursor === undefined
        ? { name: `list_items_${order}`, text: FIRST_PAGE[order], values }
        : {
            name: `list_items_${order}_after`,
            text: LATER_PAGE[order],
            values: [...values, cursor],
          },
    )
    const counted = rows.map((row) => CountedRow.parse(row))
    const stored = new Set(counted[0]?.stored)
    if (cursor !== undefined && !stored.has(cursor) && !unfinished.includes(cursor)) {
      throw new ServiceError('unknown_cursor')
    }
    const items = counted.flatMap(({ item }) => item ?? [])
    const data = items.slice(0, limit)
    const after = data.at(-1)?.id
    return (counted[0]?.candidates ?? 0) > data.length && after !== undefined
      ? { data, has_more: true, after, stored }
      : { data, has_more: false, stored }
  }

  /**
   * The newest items, oldest first, hidden ones included: what the model is told. No more of them
   * than fit into `lengthMax` characters of JSON, large ones counted in part, but always the
   * newest.
   */
  async newest(
    threadId: string,
    { limit, lengthMax }: Newest,
    owner: Owner,
  ): Promise<ThreadItem[]> {
    const { rows } = await this.#database.run({
      name: 'newest_items',
      text: `select item
               from (select item, seq, length, sum(least(length, ${ITEM_COST_MAX})) over (order by seq desc) as total
                       from items
                      where thread_id = $1 and org_id = $2 and user_id = $3
                      order by seq desc
                      limit $4) as newest
              where total <= $5 or total = least(length, ${ITEM_COST_MAX})
              order by seq desc`,
      values: [threadId, owner.orgId, owner.userId, limit, lengthMax],
    })
    return rows.map((row) => ItemRow.parse(row).item).toReversed()
  }

  /** One item that a client can see. */
  async load(threadId: string, itemId: string, owner: Owner): Promise<ThreadItem> {
    const item = await this.find(threadId, itemId, owner)
    if (item === undefined) throw new ServiceError('item_not_found')
    return item
  }

  /** One item that a client can see, if it is stored. */
  async find(threadId: string, itemId: string, owner: Owner): Promise<ThreadItem | undefined> {
    const { rows } = await this.#database.run({
      name: 'load_item',
      text: `select item from items
              where thread_id = $1 and org_id = $2 and user_id = $3 and id = $4 and not hidden`,
      values: [threadId, owner.orgId, owner.userId, itemId],
    })
    return rows[0] === undefined ? undefined : ItemRow.parse(rows[0]).item
  }

  /** Puts an item in the place of the one with its id. One that is gone stays gone. */
  async replace(item: ThreadItem, owner: Owner): Promise<void> {
    const { rowCount } = await this.#database.run({
      name: 'replace_item',
      text: `update items
                set type = $5, hidden = $6, item = $7::text::json, length = length($7::text)
              where thread_id = $1 and org_id = $2 and user_id = $3 and id = $4`,
      values: saveValues(item, owner).slice(0, -1),
    })
    if (rowCount !== 1) throw new ServiceError('item_not_found')
  }

  /** Stores an item at the end of its conversation, or in its old place if its id is there. */
  async save(item: ThreadItem, owner: Owner): Promise<void> {
    const { rowCount } = await this.#database.run({
      name: 'save_item_of_action',
      text: `with bump as (
               update threads set next_seq = next_seq + 1, updated_at = now()
                where id = $1 and org_id = $2 and user_id = $3
            returning next_seq - 1 as seq
             )
             insert into items
                    (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
             select $1, $4, $2, $3, seq, $5, $6, $7::text::json, length($7::text), $8::timestamptz
               from bump
                 on conflict (thread_id, id)
                 do update set type = excluded.type, hidden = excluded.hidden,
                               item = excluded.item, length = excluded.length`,
      values: saveValues(item, owner),
    })
    if (rowCount !== 1) throw new ServiceError('thread_not_found')
  }

  /**
   * Notes what the user thinks of items. Ids that the conversation does not have are passed over,
   * those of items that are being removed just now among them. The conversation is locked first, as
   * where its items are taken back: neither waits for the other.
   */
  async addFeedback(feedback: Feedback, owner: Owner): Promise<void> {
    const { rows } = await this.#database.run({
      name: 'add_feedback',
      text: `with thread as (
               select id from threads
                where id = $1 and org_id = $2 and user_id = $3
                  for key share
             ), added as (
               insert into feedback (thread_id, item_id, org_id, user_id, kind)
               select items.thread_id, items.id, items.org_id, items.user_id, $5
                 from items join thread on thread.id = items.thread_id
                where items.id = any($4) and items.org_id = $2 and items.user_id = $3
                  and not items.hidden
                  for key share of items
                   on conflict (thread_id, item_id)
                   do update set kind = excluded.kind, created_at = now()
             )
             select 1 from thread`,
      values: [feedback.threadId, owner.orgId, owner.userId, feedback.itemIds, feedback.kind],
    })
    if (rows.length === 0) throw new ServiceError('thread_not_found')
  }

  /** Whether a client can see an item of the conversation. */
  async isVisible(threadId: string, itemId: string, owner: Owner): Promise<boolean> {
    const { rows } = await this.#database.run({
      name: 'find_visible_item',
      text: `select 1
               from items
              where thread_id = $1 and org_id = $2 and user_id = $3 and id = $4 and not hidden`,
      values: [threadId, owner.orgId, owner.userId, itemId],
    })
    return rows.length === 1
  }
}

function saveValues(item: ThreadItem, owner: Owner): unknown[] {
  return [
    item.thread_id,
    owner.orgId,
    owner.userId,
    item.id,
    item.type,
    isHidden(item),
    JSON.stringify(item),
    item.created_at,
  ]
}

/** A page, and which of the items that were asked about are stored. */
export interface StoredPage extends Page<ThreadItem> {
  readonly stored: ReadonlySet<string>
}

export interface Newest {
  readonly limit: number
  readonly lengthMax: number
}

export interface Feedback {
  readonly threadId: string
  readonly itemIds: readonly string[]
  readonly kind: 'positive' | 'negative'
}

// One statement for both would have to look at every item before the cursor: where that may be
// missing, it is a filter and no place in the index to begin at.
const FIRST_PAGE = { asc: listIn('asc'), desc: listIn('desc') } as const
const LATER_PAGE = { asc: listIn('asc', beyond('>')), desc: listIn('desc', beyond('<')) } as const

/** A cursor that is not stored is behind everything that is: nothing follows, all precedes it. */
function beyond(side: '<' | '>'): string {
  return `and seq ${side} coalesce((
            select seq from items
             where thread_id = $1 and org_id = $2 and user_id = $3 and id = $7 and not hidden),
            ${SEQ_MAX})`
}

// One row at least, since what is stored is told also where the page is empty.
function listIn(order: 'asc' | 'desc', andBeyond = ''): string {
  return `select page.item, page.candidates::int, known.stored
            from (select coalesce(array_agg(id), '{}') as stored
                    from items
                   where thread_id = $1 and org_id = $2 and user_id = $3 and not hidden
                     and id = any($6)) as known
            left join (
          select item, seq, candidates
            from (select item, seq, length, sum(length) over (order by seq ${order}) as total,
                         count(*) over () as candidates
                    from (select item, seq, length
                            from items
                           where thread_id = $1 and org_id = $2 and user_id = $3 and not hidden
                                 ${andBeyond}
                           order by seq ${order}
                           limit $4) as candidate) as counted
           where total <= $5 or total = length) as page on true
           order by page.seq ${order}`
}
