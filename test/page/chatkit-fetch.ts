import type { Fetch } from '../../service/local/page/chat/token-source.ts'
import { z } from '../../service/local/page/wire/zod.ts'

const Body = z.object({ type: z.string(), params: z.record(z.string(), z.unknown()) })

export type Asked = z.infer<typeof Body>
export type Answer = (asked: Asked, signal: AbortSignal | undefined) => Response

/** A server in a function: it hands out tokens, notes each operation, and answers as told. */
export function chatKitFetch(answer: Answer): { fetch: Fetch; asked: Asked[] } {
  const asked: Asked[] = []
  const fetch: Fetch = async (input, init) => {
    if (input === '/local/token') {
      return Response.json({
        token: 't',
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      })
    }
    const operation = Body.parse(await new Response(init?.body ?? null).json())
    asked.push(operation)
    return answer(operation, init?.signal ?? undefined)
  }
  return { fetch, asked }
}

/** A finished event stream. */
export function streamOf(...events: readonly unknown[]): Response {
  return new Response(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''), {
    headers: { 'content-type': 'text/event-stream' },
  })
}

/**
 * An event stream that stays open after these events, until the reader leaves or `end` is called.
 */
export function openStream(
  signal: AbortSignal | undefined,
  events: readonly unknown[],
): { response: Response; end: (reason: Error) => void } {
  const encoder = new TextEncoder()
  const broken = Promise.withResolvers<never>()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      broken.promise.catch((reason) => controller.error(reason))
      for (const event of events) {
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(event)}\n\n`))
      }
      signal?.addEventListener('abort', () => controller.error(signal.reason))
    },
  })
  return { response: new Response(body), end: broken.reject }
}

/** What a session needs of the page around it, for tests in which nothing of that is used. */
export const stillPage = {
  putFile: () => Promise.reject(new Error('no file was expected')),
  switchTheme: () => undefined,
  focusMessage: () => undefined,
  copyText: () => Promise.resolve(),
  openUrl: () => undefined,
}

const CREATED_AT = '2026-03-01T10:00:00Z'

export function threadEvent(type: 'thread.created' | 'thread.updated', title?: string): unknown {
  return { type, thread: threadOf('thr_1', [], title) }
}

export function threadOf(id: string, items: readonly unknown[], title?: string): unknown {
  const page = { data: items, has_more: false }
  return {
    id,
    title,
    created_at: CREATED_AT,
    status: { type: 'active' },
    metadata: {},
    items: page,
  }
}

export function userMessage(id: string, text: string): unknown {
  const content = [{ type: 'input_text', text }]
  return { id, type: 'user_message', created_at: CREATED_AT, content, attachments: [] }
}

export function assistantMessage(id: string, ...texts: readonly string[]): unknown {
  const content = texts.map((text) => ({ type: 'output_text', text, annotations: [] }))
  return { id, type: 'assistant_message', created_at: CREATED_AT, content }
}

export function toolCall(id: string, name: string): unknown {
  const call = { status: 'pending', call_id: 'c', name, arguments: {} }
  return { id, type: 'client_tool_call', created_at: CREATED_AT, ...call }
}

export const itemAdded = (item: unknown): unknown => ({ type: 'thread.item.added', item })
export const itemDone = (item: unknown): unknown => ({ type: 'thread.item.done', item })

export function updated(itemId: string, update: unknown): unknown {
  return { type: 'thread.item.updated', item_id: itemId, update }
}

export function textDelta(itemId: string, delta: string): unknown {
  const type = 'assistant_message.content_part.text_delta'
  return updated(itemId, { type, content_index: 0, delta })
}
