import { setTimeout as sleep } from 'node:timers/promises'
import type { ThreadStreamEvent } from '../../../service/protocol/events.ts'
import type { ThreadItem } from '../../../service/protocol/items.ts'
import { input } from '../../support/chat-client.ts'
import { WHOLE } from './counting.ts'
import type { Deployment } from './deployment.ts'

const ATTEMPT_MS_MAX = 8_000
/** Far longer than all faults of a schedule together. */
const ANSWERED_MS_MAX = 90_000
const PAUSE_MS = 200
/** After that many ends that were told, a person gives up on this answer. */
const TELLINGS_MAX = 3

/** One message of a user whose client is persistent, and what it has seen of it. */
export class Question {
  readonly text: string
  readonly #place: number
  readonly #thread: Question | undefined
  readonly #leaving = new AbortController()
  /** Somebody was shown that it is stored. */
  isAcknowledged = false
  /** How it ended for the client; undefined while it goes on. */
  end: 'whole' | 'partial' | 'told' | 'left' | undefined
  threadId: string | undefined
  /** Streams that ended in good order without an answer and without saying why. */
  silentEnds = 0
  /** The most that was seen of each message of the assistant, by its id. */
  readonly seen = new Map<string, string>()

  /** A question in a conversation of its own, or in that of another question. */
  constructor({ text, place, after }: { text: string; place: number; after?: Question }) {
    this.text = text
    this.#place = place
    this.#thread = after
  }

  /** The client goes away and does not come back. */
  leave(): void {
    this.#leaving.abort()
  }

  /** Asks until there is an answer, at one process after the other, as the real client would. */
  async ask(deployment: Deployment): Promise<void> {
    let tellings = 0
    const deadline = performance.now() + ANSWERED_MS_MAX
    for (let attempt = 0; this.end === undefined; attempt += 1) {
      const hearing = await this.#attempt(deployment, this.#place + attempt)
      if (this.#leaving.signal.aborted) this.end = 'left'
      else if (hearing.end === 'whole' || hearing.end === 'partial') this.end = hearing.end
      else if (hearing.end === 'told' && this.isAcknowledged) tellings += 1
      if (tellings === TELLINGS_MAX) this.end ??= 'told'
      if (this.end === undefined) await sleep(PAUSE_MS)
      if (performance.now() > deadline) {
        throw new Error(`${this.text} has no end`, { cause: hearing.cause })
      }
    }
  }

  async #attempt(deployment: Deployment, place: number): Promise<Hearing> {
    const hearing = new Hearing(this)
    const after = this.#thread?.threadId
    // Nobody knows yet where it belongs, or ever will.
    if (this.#thread && after === undefined) {
      if (this.#thread.end !== undefined) this.leave()
      return hearing
    }
    this.threadId ??= after
    const where = after === undefined ? {} : { thread_id: after }
    const type = after === undefined ? 'threads.create' : 'threads.add_user_message'
    const params = { ...where, input: input(this.text) }
    const signal = AbortSignal.any([this.#leaving.signal, AbortSignal.timeout(ATTEMPT_MS_MAX)])
    const options = { headers: { 'idempotency-key': this.text }, signal }
    try {
      for await (const event of deployment.client(place).stream(type, params, options)) {
        hearing.hear(event)
      }
      hearing.finish()
    } catch (error) {
      // The connection ended, or never was; what was heard was heard.
      hearing.cause = error
    }
    return hearing
  }
}

/** One attempt: a repeat is told everything from the beginning. */
class Hearing {
  readonly #question: Question
  readonly #texts = new Map<string, string>()
  #last: ThreadStreamEvent | undefined
  #isWhole = false
  /** What the end of the stream said; undefined when the connection ended before. */
  end: 'whole' | 'partial' | 'told' | 'silent' | undefined
  /** Why there is no end. */
  cause: unknown

  constructor(question: Question) {
    this.#question = question
  }

  hear(event: ThreadStreamEvent): void {
    this.#last = event
    if (event.type === 'thread.created') this.#question.threadId = event.thread.id
    if (event.type === 'thread.item.done') this.#hearItem(event.item)
    if (event.type !== 'thread.item.updated') return
    const { update } = event
    if (update.type !== 'assistant_message.content_part.text_delta') return
    this.#note(event.item_id, (this.#texts.get(event.item_id) ?? '') + update.delta)
  }

  /** The stream has ended as a stream does. */
  finish(): void {
    this.cause = this.#last
    if (this.#last?.type === 'error') this.end = 'told'
    else this.end = this.#isWhole ? 'whole' : this.#isPartial() ? 'partial' : 'silent'
    if (this.end === 'silent') this.#question.silentEnds += 1
  }

  #isPartial(): boolean {
    const last = this.#last
    return last?.type === 'thread.item.done' && last.item.type === 'assistant_message'
  }

  #hearItem(item: ThreadItem): void {
    if (item.type === 'user_message') this.#question.isAcknowledged = true
    if (item.type !== 'assistant_message') return
    const text = item.content.map((part) => part.text).join('')
    this.#isWhole = text === WHOLE
    this.#note(item.id, text)
  }

  #note(itemId: string, text: string): void {
    this.#texts.set(itemId, text)
    const { seen } = this.#question
    if (text.length > (seen.get(itemId)?.length ?? 0)) seen.set(itemId, text)
  }
}
