import type { AttachmentFiles } from '../../service/protocol/attachment-files.ts'
import { query } from '../support/query.ts'
import { eventually } from '../support/eventually.ts'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { owner } from './service.ts'

/** What is stored, in wire form. */
export interface Stored {
  /** In the order in which they were made. */
  readonly threads: readonly StoredThread[]
  readonly attachments: readonly JsonObject[]
}

export interface StoredThread {
  readonly id: string
  /** The row itself, without items. */
  readonly thread: JsonObject
  /** Hidden ones too, in the order in which they were added. */
  readonly items: readonly JsonObject[]
}

interface ThreadRow {
  readonly id: string
  readonly created_at: Date
  readonly [column: string]: unknown
}

interface AttachmentRow {
  readonly id: string
  readonly name: string
  readonly mime_type: string
  readonly size_bytes: string
  readonly thread_id: string | null
  readonly metadata: JsonObject
}

/** Reads what a trace has left in its database. Addresses of attachments are made at each read. */
export async function readStored(
  databaseUrl: string,
  files: AttachmentFiles | undefined,
): Promise<Stored> {
  const threads = await query<ThreadRow>(
    databaseUrl,
    `select id, title, status, allowed_image_domains, metadata, created_at
       from threads order by created_at, id`,
  )
  const items = await query<{ thread_id: string; item: JsonObject }>(
    databaseUrl,
    'select thread_id, item from items order by thread_id, seq',
  )
  const rows = await query<AttachmentRow>(
    databaseUrl,
    `select id, name, mime_type, size_bytes, thread_id, metadata
       from attachments order by created_at, id`,
  )
  const attachments = new Map<unknown, JsonObject>()
  for (const row of rows) attachments.set(row.id, await toWire(row, files))
  const addressed = items.map(({ thread_id, item }) => ({
    thread_id,
    item: withAddresses(item, attachments),
  }))
  return {
    threads: threads.map(({ created_at, ...row }) => ({
      id: row.id,
      thread: withoutNulls({ ...row, created_at: created_at.toISOString() }),
      items: addressed.filter(({ thread_id }) => thread_id === row.id).map(({ item }) => item),
    })),
    attachments: rows.map((row) => ({ ...attachments.get(row.id), metadata: row.metadata })),
  }
}

/** Waits until no answer is being written any more. */
export async function untilIdle(databaseUrl: string): Promise<void> {
  await eventually(async () => {
    const text = "select id from runs where status = 'running'"
    return (await query(databaseUrl, text)).length === 0
  })
}

async function toWire(row: AttachmentRow, files: AttachmentFiles | undefined): Promise<JsonObject> {
  const { id, name, mime_type: mimeType, size_bytes: size } = row
  const threadId = row.thread_id ?? undefined
  const file = { id, name, mimeType, sizeBytes: Number(size), threadId, owner }
  const { uploadDescriptor, previewUrl } = (await files?.addresses(file)) ?? {}
  return withoutNulls({
    type: mimeType.startsWith('image/') ? 'image' : 'file',
    id,
    name,
    mime_type: mimeType,
    thread_id: threadId,
    upload_descriptor: uploadDescriptor,
    preview_url: previewUrl,
  })
}

function withAddresses(item: JsonObject, known: ReadonlyMap<unknown, JsonObject>): JsonObject {
  const { attachments } = item
  if (!Array.isArray(attachments)) return item
  const addressed = attachments.map(
    (one: unknown) => (isObject(one) && known.get(one['id'])) || one,
  )
  return { ...item, attachments: addressed }
}

/** Neither null nor undefined is ever on the wire, where a column or an address is missing. */
function withoutNulls(row: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null && value !== undefined),
  )
}
