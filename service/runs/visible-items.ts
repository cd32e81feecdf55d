import type { ThreadItem } from '../protocol/items.ts'
import { isHidden } from '../protocol/items.ts'
import type { Page } from '../protocol/thread.ts'
import type { Owner } from '../store/owner.ts'
import type { OpenedThread } from '../store/readings.ts'
import type { Quota } from '../store/quotas.ts'
import type { Store } from '../store/store.ts'
import type { PageRequest } from '../store/threads.ts'
import { parseItems } from '../store/items.ts'
import { readWhole } from './fold.ts'
import type { Runs } from './runs.ts'

export interface VisibleItemsParts {
  readonly store: Store
  readonly runs: Pick<Runs, 'findInThread'>
  readonly context: Owner
}

export interface OpeningParts extends VisibleItemsParts {
  readonly quota: Quota
}

/**
 * A conversation with one page of what a client may see, the answer that is being written included:
 * a reload shows everything generated so far, whichever process writes it. The request is counted.
 */
export async function openThread(
  threadId: string,
  request: PageRequest,
  parts: OpeningParts,
): Promise<OpenedThread> {
  const { store, context: owner, quota } = parts
  const opened = await store.readings.openThread(threadId, request, { owner, quota })
  const { items } = opened
  // The cursor may be an item that is being written, or none at all.
  const isBeyond = items.rows === '' && request.after !== undefined
  if (opened.isLive || isBeyond) {
    const { data, ...more } = await pageOf(threadId, request, parts)
    return { ...opened, items: { ...more, rows: await toRows(data, parts) } }
  }
  if (!mayHaveAddresses(items.rows)) return opened
  return { ...opened, items: { ...items, rows: await toRows(parseItems(items.rows), parts) } }
}

/**
 * Whether items may show attachments, by what `JSON.stringify` writes then. Quotation marks within
 * a text are escaped, so that no words are taken for it; and to look at an item without need does
 * no harm.
 */
function mayHaveAddresses(rows: string): boolean {
  return rows.includes('"attachments":[{') || rows.includes('"type":"generated_image"')
}

/** Addresses end, so they are made at each read and never stored. */
async function toRows(
  items: readonly ThreadItem[],
  { store, context }: VisibleItemsParts,
): Promise<string> {
  const addressed = await store.attachments.withAddresses(items, context)
  return addressed.map((item) => JSON.stringify(item)).join(',')
}

async function pageOf(
  threadId: string,
  request: PageRequest,
  parts: VisibleItemsParts,
): Promise<Page<ThreadItem>> {
  const { store, context: owner } = parts
  // First the run, then the rows: what is done between the two is in the rows, and never in
  // neither. Nor is it in both, since the rows come with which of these items are stored by now.
  const begun = await unfinishedItems(threadId, parts)
  const ids = begun.map((item) => item.id)
  const page = await store.items.list(threadId, request, { owner, unfinished: ids })
  const unfinished = begun.filter((item) => !page.stored.has(item.id))
  return request.order === 'asc'
    ? pageUpTo(page, unfinished, request)
    : pageDownFrom(page, unfinished, request)
}

function pageUpTo(
  { data, has_more: hasMore }: Page<ThreadItem>,
  unfinished: readonly ThreadItem[],
  request: PageRequest,
): Page<ThreadItem> {
  const rest = hasMore ? [] : after(unfinished, request.after)
  // The next page may be read in another process, which does not know yet what was begun just now:
  // a page goes on from what is stored wherever it can.
  const isCut = data.length + rest.length > request.limit
  const shown = isCut && data.length > 0 ? data : [...data, ...rest]
  return cut(shown, { limit: request.limit, isMore: hasMore || isCut })
}

function pageDownFrom(
  { data, has_more: hasMore }: Page<ThreadItem>,
  unfinished: readonly ThreadItem[],
  request: PageRequest,
): Page<ThreadItem> {
  const isBeyond =
    request.after !== undefined && !unfinished.some((item) => item.id === request.after)
  const newest = isBeyond ? [] : after(unfinished.toReversed(), request.after)
  return cut([...newest, ...data], { limit: request.limit, isMore: hasMore })
}

/** What comes after an item; all of it when there is no such item. */
function after(items: readonly ThreadItem[], id: string | undefined): readonly ThreadItem[] {
  return items.slice(items.findIndex((item) => item.id === id) + 1)
}

/** As many as were asked for. `isMore` says that others follow in any case. */
function cut(
  items: readonly ThreadItem[],
  { limit, isMore }: { readonly limit: number; readonly isMore: boolean },
): Page<ThreadItem> {
  const data = items.slice(0, limit)
  const last = data.at(-1)
  return (isMore || items.length > limit) && last
    ? { data, has_more: true, after: last.id }
    : { data, has_more: false }
}

async function unfinishedItems(
  threadId: string,
  { store, runs, context }: VisibleItemsParts,
): Promise<readonly ThreadItem[]> {
  const runId = await store.recovery.findLive(threadId, context)
  if (runId === undefined) return []
  const local = runs.findInThread(threadId)
  const pending = local ? local.pending : (await readWhole(store.recovery, runId, context)).pending
  return pending.all.filter((item) => !isHidden(item) && item.type !== 'client_tool_call')
}
