import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { completed, started } from '../../support/upstream.ts'
import type { UpstreamStep } from '../../support/upstream.ts'
import { eventsOf } from '../model-events.ts'
import { readBody } from '../read-body.ts'
import { present } from '../subject.ts'

// A Responses API that speaks at the pace of a model: 50 tokens a second on every stream, each
// stream in its own time. A request says how many there shall be, and whether it ends then.

const TOKEN_MS = 20
const TICK_MS = 1

interface Speaking {
  readonly response: ServerResponse
  readonly chunks: readonly string[]
  readonly startedAt: number
  said: number
}

const speaking = new Set<Speaking>()
const answers = new Map<number, readonly string[]>()

setInterval(speak, TICK_MS)
await present(createServer((request, response) => void serve(request, response)))

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  const words = body.matchAll(/(\d+) words, please(, and wait)?/g)
  const [, count = '0', waits] = [...words].at(-1) ?? []
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const chunks = chunksOf(Number(count))
  const one = {
    response,
    chunks: waits ? chunks.slice(0, Number(count)) : chunks,
    startedAt: performance.now(),
    said: 0,
  }
  speaking.add(one)
  response.on('close', () => speaking.delete(one))
}

function speak(): void {
  const now = performance.now()
  for (const one of speaking) {
    // One that is late catches up, chunk by chunk, as it would over a network.
    const due = Math.min((now - one.startedAt) / TOKEN_MS, one.chunks.length)
    while (one.said < due) one.response.write(one.chunks[one.said++] ?? '')
  }
  for (const one of speaking) {
    if (one.said < one.chunks.length || isWaiting(one)) continue
    speaking.delete(one)
    one.response.end()
  }
}

/** One that was asked to wait has not said its last words. */
function isWaiting({ chunks }: Speaking): boolean {
  return !chunks.at(-1)?.includes('response.completed')
}

/** The chunks of an answer: the n-th has the n-th delta, the last one all that follows. */
function chunksOf(deltas: number): readonly string[] {
  const known = answers.get(deltas)
  if (known) return known
  const events = [...eventsOf(deltas)]
  const [item, part, ...rest] = events
  const ending = rest.slice(deltas)
  const message = ending.find((event) => event.type === 'response.output_item.done')
  const [first, ...others] = rest.slice(0, deltas).map(toSse)
  const opening = [started(), item, part].map(toSse).join('')
  const closing = [...ending, completed(message ? [message.item] : [])].map(toSse).join('')
  const chunks = [opening + (first ?? ''), ...others, closing]
  answers.set(deltas, chunks)
  return chunks
}

function toSse(event: UpstreamStep | { readonly type: string } | undefined): string {
  if (!event || !('type' in event)) throw new Error('not an event')
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
