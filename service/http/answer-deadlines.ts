import type { ServerResponse } from 'node:http'
import { TIMEOUT_POLL_MS } from './limits.ts'

/**
 * Ends the connections of clients that do not read their answers: Node waits for them without an
 * end, with the answer in memory. Streams have a rule of their own, since they may last.
 */
export class AnswerDeadlines {
  readonly #timer: NodeJS.Timeout
  readonly #limitMs: number
  /** When each answer was sent whose client has not taken all of it yet, the oldest first. */
  readonly #sent = new Map<ServerResponse, number>()

  constructor(limitMs: number) {
    this.#limitMs = limitMs
    this.#timer = setInterval(() => this.#endSlow(), TIMEOUT_POLL_MS)
    this.#timer.unref()
  }

  /** To be called when the whole answer is about to be sent. */
  begin(response: ServerResponse): void {
    this.#sent.set(response, performance.now())
    response.once('close', () => this.#sent.delete(response))
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #endSlow(): void {
    const latest = performance.now() - this.#limitMs
    for (const [response, sentAt] of this.#sent) {
      if (sentAt > latest) return
      response.destroy()
    }
  }
}
