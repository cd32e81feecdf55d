import type { z } from 'zod'
import { ThreadEvent } from '../wire/events.ts'
import { Attachment, type Item, type UploadDescriptor } from '../wire/items.ts'
import { ItemPage, Refusal, Thread, ThreadPage, Transcript } from '../wire/pages.ts'
import { readEvents } from './event-reader.ts'
import { RefusedError } from './failure.ts'
import type { Fetch } from './token-source.ts'
import type { PutFile, UploadWatch } from './uploads.ts'

/** An operation of the protocol, as it goes over the wire. */
export interface Operation {
  readonly type: string
  readonly params: Readonly<Record<string, unknown>>
}

// What the official client asks for: as much as the server is willing to give at once.
const PAGE_SIZE_WISHED = 9999
// Against a server that says `has_more` forever.
const PAGES_MAX = 500

/** The conversations of one user, over `POST /chatkit`. */
export class ChatServer {
  readonly #fetch: Fetch
  readonly #putFile: PutFile

  constructor(authorizedFetch: Fetch, putFile: PutFile) {
    this.#fetch = authorizedFetch
    this.#putFile = putFile
  }

  /**
   * Starts an answer and yields its events as they arrive. What is not an event this page knows is
   * passed over. Throws when the server refuses, when the connection breaks, and on `signal`.
   */
  async *stream(operation: Operation, signal: AbortSignal): AsyncGenerator<ThreadEvent> {
    const headers = {
      accept: 'text/event-stream',
      // Without a key the same words said twice at one time are one message: fit for a client that
      // repeats its requests. This page never does.
      'idempotency-key': crypto.randomUUID(),
    }
    const response = await this.#post(operation, headers, signal)
    if (!response.body) return
    for await (const text of readEvents(response.body)) {
      const event = ThreadEvent.safeParse(parseJson(text))
      if (event.success) yield event.data
    }
  }

  /** Every conversation of the user, newest first. */
  async listThreads(): Promise<Thread[]> {
    const threads: Thread[] = []
    for (let page = 0; page < PAGES_MAX; page++) {
      const params = { limit: PAGE_SIZE_WISHED, order: 'desc', after: threads.at(-1)?.id }
      const { data, has_more } = await this.ask({ type: 'threads.list', params }, ThreadPage)
      threads.push(...data)
      if (!has_more || data.length === 0) break
    }
    return threads
  }

  /** A conversation and all its items, oldest first. */
  async loadThread(threadId: string): Promise<Thread> {
    const params = { thread_id: threadId }
    const thread = await this.ask({ type: 'threads.get_by_id', params }, Thread)
    const { data, has_more } = thread.items
    const rest = has_more ? await this.itemsAfter(threadId, data.at(-1)?.id) : []
    return { ...thread, items: { data: [...data, ...rest], has_more: false } }
  }

  /** The items that follow the item `after`, oldest first; all of them when it is undefined. */
  async itemsAfter(threadId: string, after: string | undefined): Promise<Item[]> {
    const items: Item[] = []
    for (let page = 0; page < PAGES_MAX; page++) {
      // The cursor is the last item received: the official client ignores the page's own `after`.
      const cursor = items.at(-1)?.id ?? after
      const params = { thread_id: threadId, limit: PAGE_SIZE_WISHED, order: 'asc', after: cursor }
      const { data, has_more } = await this.ask({ type: 'items.list', params }, ItemPage)
      items.push(...data)
      if (!has_more || data.length === 0) break
    }
    return items
  }

  /** Announces a file. The answer says where its content goes. */
  async announceFile(file: File): Promise<Attachment> {
    const params = {
      name: file.name,
      size: file.size,
      mime_type: file.type || 'application/octet-stream',
    }
    return await this.ask({ type: 'attachments.create', params }, Attachment)
  }

  /** Brings the content of a file to where the server wants it. Throws when it does not arrive. */
  async upload(file: File, descriptor: UploadDescriptor, watch: UploadWatch): Promise<void> {
    if (descriptor.method === 'PUT') return this.#putFile(file, descriptor, watch)
    const body = new FormData()
    body.append('file', file)
    const { url, headers } = descriptor
    const response = await this.#fetch(url, {
      method: 'POST',
      headers,
      body,
      signal: watch.signal,
    })
    if (!response.ok) throw await refusalOf(response)
  }

  async deleteAttachment(attachmentId: string): Promise<void> {
    await this.tell({ type: 'attachments.delete', params: { attachment_id: attachmentId } })
  }

  /** Turns speech into text. */
  async transcribe(audioBase64: string, mimeType: string): Promise<string> {
    const params = { audio_base64: audioBase64, mime_type: mimeType }
    return (await this.ask({ type: 'input.transcribe', params }, Transcript)).text
  }

  /** Runs an operation that answers with one JSON body, read as `shape`. */
  async ask<Shape extends z.ZodType>(operation: Operation, shape: Shape): Promise<z.infer<Shape>> {
    const response = await this.#post(operation, { accept: 'application/json' })
    return shape.parse(await response.json())
  }

  /** Runs an operation whose answer does not matter, only that it succeeded. */
  async tell(operation: Operation): Promise<void> {
    const response = await this.#post(operation, { accept: 'application/json' })
    await response.body?.cancel()
  }

  async #post(
    operation: Operation,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Response> {
    const response = await this.#fetch('/chatkit', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(operation),
      ...(signal && { signal }),
    })
    if (response.ok) return response
    throw await refusalOf(response)
  }
}

async function refusalOf(response: Response): Promise<RefusedError> {
  const refusal = Refusal.safeParse(parseJson(await response.text()))
  const words = refusal.data?.message ?? `The server answered with status ${response.status}.`
  return new RefusedError(response.status, words)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
