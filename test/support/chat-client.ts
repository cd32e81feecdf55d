import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import type { ThreadItem } from '../../service/protocol/items.ts'
import type { Page, ThreadOnTheWire } from '../../service/protocol/thread.ts'

/** The answer to one request that is not a stream. */
export interface Reply<Body> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Body
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** A whole answer, read to its end. */
export interface Said {
  readonly threadId: string
  readonly events: readonly ThreadStreamEvent[]
  /** The text of the last message of the assistant. */
  readonly text: string
}

/** A ChatKit client as the wire sees one: JSON in, JSON or server-sent events out. */
export class ChatClient {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** Sends a body as it is. */
  fetch(body: string | Uint8Array<ArrayBuffer>, options: SendOptions = {}): Promise<Response> {
    return fetch(`${this.#url}/chatkit`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.#token}`,
        ...options.headers,
      },
      ...(options.signal ? { signal: options.signal } : {}),
    })
  }

  send(type: string, params: unknown, options: SendOptions = {}): Promise<Response> {
    return this.fetch(JSON.stringify({ type, params }), options)
  }

  /** Sends a request and reads its answer as JSON. */
  async post<Body = unknown>(type: string, params: unknown, options?: SendOptions) {
    const response = await this.send(type, params, options)
    const text = await response.text()
    const body: Body = JSON.parse(text)
    const reply: Reply<Body> = { status: response.status, headers: response.headers, text, body }
    return reply
  }

  /** Sends a request and reads its answer as a stream of events. */
  async *stream(
    type: string,
    params: unknown,
    options?: SendOptions,
  ): AsyncGenerator<ThreadStreamEvent> {
    yield* eventsOf(await this.send(type, params, options))
  }

  /** Says something in a new conversation or in a given one, and hears the answer to its end. */
  async say(text: string, threadId?: string, options?: SendOptions): Promise<Said> {
    const params = threadId === undefined ? {} : { thread_id: threadId }
    const type = threadId === undefined ? 'threads.create' : 'threads.add_user_message'
    return await this.hear(this.stream(type, { ...params, input: input(text) }, options), threadId)
  }

  async retry(threadId: string, itemId: string): Promise<Said> {
    const params = { thread_id: threadId, item_id: itemId }
    return await this.hear(this.stream('threads.retry_after_item', params), threadId)
  }

  /** Reads a stream to its end. */
  async hear(stream: AsyncIterable<ThreadStreamEvent>, threadId = ''): Promise<Said> {
    const events = await Array.fromAsync(stream)
    const created = events.find((event) => event.type === 'thread.created')
    const messages = events
      .filter((event) => event.type === 'thread.item.done')
      .map(({ item }) => item)
      .filter((item) => item.type === 'assistant_message')
    const text =
      messages
        .at(-1)
        ?.content.map((part) => part.text)
        .join('') ?? ''
    return { threadId: created?.thread.id ?? threadId, events, text }
  }

  async getThread(threadId: string): Promise<ThreadOnTheWire> {
    const reply = await this.post<ThreadOnTheWire>('threads.get_by_id', { thread_id: threadId })
    return reply.body
  }

  async listThreads(params: object = {}): Promise<Page<ThreadOnTheWire>> {
    return (await this.post<Page<ThreadOnTheWire>>('threads.list', params)).body
  }

  async listItems(threadId: string, params: object = {}): Promise<Page<ThreadItem>> {
    const reply = await this.post<Page<ThreadItem>>('items.list', {
      thread_id: threadId,
      ...params,
    })
    return reply.body
  }
}

/** A message as the composer sends it. */
export function input(text: string) {
  return { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
}

export async function* eventsOf(response: Response): AsyncGenerator<ThreadStreamEvent> {
  if (!response.ok || !response.body) {
    throw new Error(`no stream but ${response.status}: ${await response.text()}`)
  }
  const messages = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
  for await (const { data } of messages) {
    const event: ThreadStreamEvent = JSON.parse(data)
    yield event
  }
}
