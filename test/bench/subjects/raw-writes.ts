import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { modelEvents } from '../model-events.ts'
import { readBody } from '../read-body.ts'
import { present } from '../subject.ts'
import { wantedByRequest } from '../wanted.ts'

// The least that a server can do: the same events from the same source, each one written as
// `JSON.stringify` gives it. No user, no rules, nothing stored.

const ids = {
  id: 'msg_0000000000000000000000000000',
  thread_id: 'thr_0000000000000000000000000000',
}
const created_at = new Date().toISOString()

await present(createServer((request, response) => void serve(request, response)))

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { text, deltas } = wantedByRequest(await readBody(request))
  const write = (event: unknown) => response.write(`data: ${JSON.stringify(event)}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  open(text, write)
  let whole = ''
  for await (const event of modelEvents(deltas, (one) => one)) {
    if (event.type === 'response.output_text.delta') {
      whole += event.delta
      writeUpdate(write, {
        type: 'assistant_message.content_part.text_delta',
        content_index: 0,
        delta: event.delta,
      })
    }
  }
  const content = { type: 'output_text', text: whole, annotations: [] }
  writeUpdate(write, { type: 'assistant_message.content_part.done', content_index: 0, content })
  write({
    type: 'thread.item.done',
    item: { type: 'assistant_message', ...ids, created_at, content: [content] },
  })
  response.end()
}

type Write = (event: unknown) => void

function open(text: string, write: Write): void {
  const items = { data: [], has_more: false }
  const thread = { id: ids.thread_id, created_at, status: { type: 'active' }, metadata: {}, items }
  const content = [{ type: 'input_text', text }]
  const message = { ...ids, created_at, content, attachments: [], inference_options: {} }
  write({ type: 'thread.created', thread })
  write({ type: 'thread.item.done', item: { type: 'user_message', ...message } })
  write({ type: 'stream_options', stream_options: { allow_cancel: true } })
  const item = { type: 'assistant_message', ...ids, created_at, content: [] }
  write({ type: 'thread.item.added', item })
  writeUpdate(write, {
    type: 'assistant_message.content_part.added',
    content_index: 0,
    content: { type: 'output_text', text: '', annotations: [] },
  })
}

function writeUpdate(write: Write, update: unknown): void {
  write({ type: 'thread.item.updated', item_id: ids.id, update })
}
