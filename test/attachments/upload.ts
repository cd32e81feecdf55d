import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Attachment } from '../../service/protocol/items.ts'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { input } from '../support/chat-client.ts'
import { startService } from '../support/service.ts'
import type { TestService, TestServiceOptions } from '../support/service.ts'

export interface NewFile {
  readonly name: string
  readonly mimeType: string
  readonly content: Buffer
}

/** The smallest PNG: one transparent pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
export const picture: NewFile = { name: 'chart.png', mimeType: 'image/png', content: PNG }
export const notes: NewFile = {
  name: 'notes.txt',
  mimeType: 'text/plain',
  content: Buffer.from('Twelve bytes'),
}

/** A service that keeps attachments in a folder, as `npm start` does. */
export async function startWithFolder(t: TestContext, options: TestServiceOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-attachments-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const environment = { ATTACHMENTS_FOLDER: folder, ...options.environment }
  const service: TestService = await startService(t, { hasPage: true, ...options, environment })
  return { service, folder }
}

/** The files of a folder that are content: not the marks of what has been removed. */
export async function contentIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.endsWith('-removed'))
}

export async function announce(client: ChatClient, { name, mimeType, content }: NewFile) {
  const params = { name, mime_type: mimeType, size: content.length }
  const { status, body, text } = await client.post<Attachment>('attachments.create', params)
  if (status !== 200) throw new Error(`${status} ${text}`)
  return body
}

/** What the browser does with a file and the answer to its announcement. */
export async function put(
  attachment: Attachment,
  content: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { upload_descriptor: upload } = attachment
  if (!upload) throw new Error('no address to upload to')
  return await fetch(upload.url, {
    method: upload.method,
    body: new Uint8Array(content),
    headers: { ...upload.headers, 'chatkit-frame-instance-id': 'frame-1', ...headers },
  })
}

/** Announces and uploads. */
export async function attach(client: ChatClient, file: NewFile): Promise<Attachment> {
  const attachment = await announce(client, file)
  const response = await put(attachment, file.content)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return attachment
}

export function withAttachments(text: string, ids: readonly string[]) {
  return { ...input(text), attachments: ids }
}

/** Sends a message with attachments and hears the answer to its end. */
export async function send(
  client: ChatClient,
  ids: readonly string[],
  threadId?: string,
): Promise<readonly ThreadStreamEvent[]> {
  const message = withAttachments('Look', ids)
  return await Array.fromAsync(
    threadId === undefined
      ? client.stream('threads.create', { input: message })
      : client.stream('threads.add_user_message', { thread_id: threadId, input: message }),
  )
}

/** The attachments of the first message in a stream. */
export function sentIn(events: readonly ThreadStreamEvent[]): readonly Attachment[] {
  for (const event of events) {
    if (event.type === 'thread.item.done' && event.item.type === 'user_message') {
      return event.item.attachments
    }
  }
  return []
}

export function threadIn(events: readonly ThreadStreamEvent[]): string {
  const created = events.find((event) => event.type === 'thread.created')
  if (!created) throw new Error('no conversation was begun')
  return created.thread.id
}
