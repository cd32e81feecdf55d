import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { pageJson } from '../protocol/json-page.ts'
import type { JsonPage } from '../protocol/json-page.ts'
import { PAGE_LENGTH_MAX } from './items.ts'
import { ADMITTED, counted } from './quotas.ts'
import type { Asker, RequestQuotas } from './quotas.ts'
import type { PageRequest, ThreadStore } from './threads.ts'

/** A conversation as it is opened: what it is, and a page of what is in it. */
export interface OpenedThread {
  /** It, with any page of its items, as a client gets it. */
  readonly with: (items: JsonPage) => string
  readonly items: JsonPage
  /** Whether an answer is being written: then the page does not have all that there is to see. */
  readonly isLive: boolean
}

/**
 * What clients ask for most, each answered by one statement that counts the request as well. Rows
 * leave Postgres as the JSON that clients get, and are not taken apart here.
 */
export class Readings {
  readonly #requests: RequestQuotas
  readonly #threads: ThreadStore

  constructor(requests: RequestQuotas, threads: ThreadStore) {
    this.#requests = requests
    this.#threads = threads
  }

  /** Conversations by creation time. The cursor is the last id of the page before. */
  async listThreads({ order, limit, after }: PageRequest, asker: Asker): Promise<JsonPage> {
    const name = `list_threads_${order}`
    const row = await this.#requests.read(
      after === undefined
        ? { name, text: THREADS[order], values: [limit] }
        : { name: `${name}_after`, text: LATER_THREADS[order], values: [limit, after] },
      asker,
    )
    const page = toPage(PageRow.parse(row))
    if (page.rows === '' && after !== undefined) {
      await this.#threads.demandCursor(after, asker.owner)
    }
    return page
  }

  /**
   * A conversation with one page of what a client may see. Hidden items are left out before the
   * limit is applied. Behind a cursor that is not there the page is empty.
   */
  async openThread(
    threadId: string,
    { order, limit, after }: PageRequest,
    asker: Asker,
  ): Promise<OpenedThread> {
    const name = `open_thread_${order}`
    const row = await this.#requests.read(
      after === undefined
        ? { name, text: OPENED[order], values: [threadId, limit] }
        : { name: `${name}_after`, text: OPENED_LATER[order], values: [threadId, limit, after] },
      asker,
    )
    const { thread, is_live: isLive, ...page } = OpenedRow.parse(row)
    if (thread === null) throw new ServiceError('thread_not_found')
    return {
      with: (items) => `${thread},"items":${pageJson(items)}}`,
      items: toPage(page),
      isLive: isLive === true,
    }
  }
}

const page = {
  rows: z.string().nullable(),
  has_more: z.boolean().nullable(),
  last_id: z.string().nullable(),
}
const PageRow = z.object(page)
const OpenedRow = z.object({
  thread: z.string().nullable(),
  is_live: z.boolean().nullable(),
  ...page,
})

function toPage({ rows, has_more: hasMore, last_id: last }: z.infer<typeof PageRow>): JsonPage {
  const shown = { rows: rows ?? '', has_more: hasMore === true }
  return hasMore && last !== null ? { ...shown, after: last } : shown
}

/** All of a conversation but its items, and open for them at the end. */
const THREAD_JSON = `
  '{"id":' || to_json(id)
  || coalesce(',"title":' || to_json(title), '')
  || ',"created_at":' || to_json(to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  || ',"status":' || json_strip_nulls(status)
  || coalesce(',"allowed_image_domains":' || allowed_image_domains, '')
  || ',"metadata":{}'`

const NO_ITEMS = `',"items":${pageJson({ rows: '', has_more: false })}}'`

// A statement of its own for each order and for each side of a cursor. One for all would have to
// look at every row before the cursor: a filter that may be absent is no place to begin at.

const THREADS = { asc: listing('asc'), desc: listing('desc') } as const
const LATER_THREADS = {
  asc: listing('asc', beyondThread('>')),
  desc: listing('desc', beyondThread('<')),
} as const

function beyondThread(side: '<' | '>'): string {
  return `and (created_at, id) ${side} (
            select created_at, id from threads where id = $6 and org_id = $1 and user_id = $2)`
}

function listing(order: 'asc' | 'desc', andBeyond = ''): string {
  return counted(`
    select string_agg(thread, ',' order by place) filter (where place <= $5::int) as rows,
           max(place) > $5::int as has_more,
           max(id) filter (where place = $5::int) as last_id
      from (select id, ${THREAD_JSON} || ${NO_ITEMS} as thread,
                   row_number() over (order by created_at ${order}, id ${order}) as place
              from threads
             where org_id = $1 and user_id = $2 and ${ADMITTED} ${andBeyond}
             order by created_at ${order}, id ${order}
             limit $5::int + 1) as listed`)
}

const OPENED = { asc: opening('asc'), desc: opening('desc') } as const
const OPENED_LATER = {
  asc: opening('asc', beyondItem('>')),
  desc: opening('desc', beyondItem('<')),
} as const

function beyondItem(side: '<' | '>'): string {
  return `and seq ${side} (
            select seq from items
             where thread_id = $5 and org_id = $1 and user_id = $2 and id = $7 and not hidden)`
}

// An answer that is being written, and what is stored of it, are as of one moment.
function opening(order: 'asc' | 'desc', andBeyond = ''): string {
  return counted(`
    select opened.thread, opened.is_live, page.*
      from (select ${THREAD_JSON} as thread,
                   exists (select from runs
                            where thread_id = $5 and org_id = $1 and user_id = $2
                              and status = 'running') as is_live
              from threads
             where id = $5 and org_id = $1 and user_id = $2 and ${ADMITTED}) as opened
     cross join (
       select string_agg(item::text, ',' order by seq ${order}) as rows,
              max(candidates) > count(*) as has_more,
              (array_agg(id order by seq ${order}))[count(*)] as last_id
         from (select id, item, seq, length, sum(length) over places as total,
                      row_number() over places as place, count(*) over () as candidates
                 from (select id, item, seq, length
                         from items
                        where thread_id = $5 and org_id = $1 and user_id = $2 and not hidden
                              ${andBeyond}
                        order by seq ${order}
                        limit $6::int + 1) as candidate
               window places as (order by seq ${order})) as measured
        where place <= $6::int and (total <= ${PAGE_LENGTH_MAX} or total = length)) as page`)
}
