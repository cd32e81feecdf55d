import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { isObject } from './json.ts'
import type { UpstreamStep } from './trace-format.ts'

/** What was written before a cut has to leave first. */
const CUT_AFTER_MS = 100

/** One call of the model, as it arrived. */
export interface ModelCall {
  readonly input: unknown
  /** Whether it is the first that a request of the browser led to. */
  readonly beginsTurn: boolean
}

/** A Responses API on the loopback interface that says what a trace has recorded. */
export interface Upstream extends AsyncDisposable {
  /** For a client of the Responses API. */
  readonly baseUrl: string
  /** Without repetitions of calls that failed. */
  readonly calls: readonly ModelCall[]
  /** The next call belongs to another request of the browser. */
  beginTurn(): void
}

/** Starts an upstream: each call uses up one of the answers. */
export async function openUpstream(
  answers: readonly (readonly UpstreamStep[])[],
): Promise<Upstream> {
  const calls: ModelCall[] = []
  let beginsTurn = true
  let repeatable: string | undefined
  const server = createServer((request, response) => {
    void json(request).then(async (body) => {
      const input = isObject(body) ? body['input'] : undefined
      // A call that was refused may be made again, and is refused again.
      if (JSON.stringify(input) !== repeatable) calls.push({ input, beginsTurn })
      beginsTurn = false
      const steps = answers[calls.length - 1]
      repeatable = steps?.some((step) => '$status' in step) ? JSON.stringify(input) : undefined
      await (steps ? play(steps, response) : refuse(response, 400, { error: { message: 'spent' } }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    calls,
    beginTurn: () => {
      beginsTurn = true
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

async function play(steps: readonly UpstreamStep[], response: ServerResponse): Promise<void> {
  for (const step of steps) {
    if (isStatus(step)) return refuse(response, step.$status, step.body)
    if (!response.headersSent) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
    }
    if ('$cut' in step) {
      await sleep(CUT_AFTER_MS)
      response.destroy()
      return
    }
    if (isPause(step)) await sleep(step.$pause_ms)
    else response.write(`event: ${step.type}\ndata: ${JSON.stringify(step)}\n\n`)
  }
  response.end()
}

function refuse(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

type Refusal = Extract<UpstreamStep, { readonly $status: number; readonly body: unknown }>

function isStatus(step: UpstreamStep): step is Refusal {
  return '$status' in step && typeof step.$status === 'number'
}

function isPause(step: UpstreamStep): step is { readonly $pause_ms: number } {
  return '$pause_ms' in step && typeof step.$pause_ms === 'number'
}
