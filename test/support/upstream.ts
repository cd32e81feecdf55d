import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const CUT_AFTER_MS = 100

/**
 * What the upstream does with one call: events of the Responses API, pauses, a cut, or a refusal.
 */
export type UpstreamStep = UpstreamEvent | UpstreamAct

export interface UpstreamEvent {
  readonly type: string
  readonly [property: string]: unknown
}

export type UpstreamAct =
  | { readonly $pauseMs: number }
  | { readonly $cut: true }
  | { readonly $status: number; readonly body: unknown }

export interface UpstreamCall {
  readonly path: string
  readonly authorization: string | undefined
  /** As JSON; empty for anything else. */
  readonly body: { readonly input?: unknown; readonly [property: string]: unknown }
  readonly text: string
}

/** A Responses API on the loopback interface that says what a test tells it to. */
export interface Upstream {
  /** For OPENAI_BASE_URL. */
  readonly url: string
  readonly calls: readonly UpstreamCall[]
}

/** Starts an upstream; call n gets the n-th answer, and the last one again after that. */
export async function startUpstream(
  t: TestContext,
  answers: readonly (readonly UpstreamStep[])[],
): Promise<Upstream> {
  const calls: UpstreamCall[] = []
  const server = createServer((request, response) => {
    void readBody(request).then(async (text) => {
      const { url: path = '', headers } = request
      const isJson = headers['content-type']?.startsWith('application/json') ?? false
      const body = isJson ? JSON.parse(text) : {}
      calls.push({ path, authorization: headers.authorization, body, text })
      await play(answers[calls.length - 1] ?? answers.at(-1) ?? [], response)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${portOf(server.address())}/v1`, calls }
}

async function play(steps: readonly UpstreamStep[], response: ServerResponse): Promise<void> {
  for (const step of steps) {
    if (isEvent(step)) {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`event: ${step.type}\ndata: ${JSON.stringify(step)}\n\n`)
    } else if ('$status' in step) {
      response.writeHead(step.$status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(step.body))
      return
    } else if ('$cut' in step) {
      // What was written before has to leave first.
      await sleep(CUT_AFTER_MS)
      response.destroy()
      return
    } else {
      await sleep(step.$pauseMs, undefined, { ref: false })
    }
  }
  response.end()
}

function isEvent(step: UpstreamStep): step is UpstreamEvent {
  return 'type' in step
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the upstream is not there')
  return address.port
}

/** The events of a response that says some text in pieces, as the Responses API sends them. */
export function textAnswer(pieces: readonly string[]): UpstreamStep[] {
  const text = pieces.join('')
  const place = { item_id: 'msg_up', output_index: 0, content_index: 0 }
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  const item = { id: 'msg_up', type: 'message', role: 'assistant' }
  return [
    started(),
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    ...pieces.map((delta) => ({
      type: 'response.output_text.delta',
      ...place,
      delta,
      logprobs: [],
    })),
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { ...item, status: 'completed', content: [part] },
    },
    completed([{ ...item, status: 'completed', content: [part] }]),
  ]
}

export function started(): UpstreamStep {
  return { type: 'response.created', response: responseWith('in_progress', []) }
}

export function completed(output: readonly unknown[]): UpstreamStep {
  const usage = {
    input_tokens: 11,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 18,
  }
  return { type: 'response.completed', response: { ...responseWith('completed', output), usage } }
}

function responseWith(status: string, output: readonly unknown[]) {
  return { id: 'resp_1', object: 'response', created_at: 1, model: 'test', status, output }
}
