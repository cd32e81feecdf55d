import { Item } from '../wire/items.ts'
import type { Thread } from '../wire/pages.ts'
import { z } from '../wire/zod.ts'
import { applyEvent } from './apply-event.ts'
import { runClientAction } from './client-actions.ts'
import { runClientEffect } from './client-effects.ts'
import { runClientTool, type ToolSurroundings } from './client-tools.ts'
import {
  answerBegun,
  answerEnded,
  answerFailed,
  cutAfter,
  emptyConversation,
  retryPoint,
  withThread,
  type Conversation,
} from './conversation.ts'
import { failureOf } from './failure.ts'
import type { ChatServer, Operation } from './server.ts'
import { Store } from './store.ts'
import { Uploads } from './uploads.ts'

// Against an agent that answers every tool result with another call.
const TOOL_ROUNDS_MAX = 16

export interface SessionSurroundings extends ToolSurroundings {
  readonly server: ChatServer
  /** Told whenever the server created or renamed the conversation. */
  readonly onThread: (thread: Thread) => void
}

/** What a widget wants done: by the server, with a streamed answer or at once, or by the page. */
export interface WidgetAction {
  readonly type: string
  readonly payload: unknown
  readonly handler: 'server' | 'client'
  readonly streaming: boolean
}

/** The answers to a form, by the id of the question. An unanswered one has no values. */
export type FormAnswers = Readonly<Record<string, readonly string[]>>

/**
 * One conversation that the page holds: its state, and what the user can do to it.
 *
 * An answer goes on arriving while the page shows another conversation. No method throws: what
 * fails is shown in the conversation.
 */
export class ConversationSession {
  readonly state: Store<Conversation>
  /** The files that will go with the next message. */
  readonly uploads: Uploads
  readonly #surroundings: SessionSurroundings
  #abort = new AbortController()

  constructor(surroundings: SessionSurroundings, threadId?: string) {
    this.#surroundings = surroundings
    this.state = new Store({ ...emptyConversation, threadId })
    this.uploads = new Uploads(surroundings.server)
  }

  /** Reads the whole conversation from the server. */
  async load(): Promise<void> {
    const { threadId } = this.state.value
    if (threadId === undefined) return
    this.#change({ phase: 'loading', failure: undefined })
    try {
      const thread = await this.#server.loadThread(threadId)
      this.state.change({ ...withThread(this.state.value, thread), phase: 'idle' })
      this.#surroundings.onThread(thread)
    } catch (error) {
      this.#change({ phase: 'idle', failure: { ...failureOf(error), retryable: false } })
    }
  }

  /**
   * Reads the last turn again, for an answer that another tab or an earlier load of this page asked
   * for. Does nothing during an answer of its own. Says whether anything was new.
   */
  async refresh(): Promise<boolean> {
    const before = this.state.value
    if (before.phase !== 'idle' || before.threadId === undefined) return false
    const from = retryPoint(before)
    const fresh = await this.#server.itemsAfter(before.threadId, from)
    // Whatever happened on the page meanwhile is newer than what was just read.
    if (this.state.value !== before) return false
    const kept = from === undefined ? [] : cutAfter(before, from).items
    const items = [...kept, ...fresh]
    if (JSON.stringify(items) === JSON.stringify(before.items)) return false
    this.#change({ items, failure: undefined })
    return true
  }

  /** Says something, with the files that are ready. They stay until the server has the message. */
  async send(text: string): Promise<void> {
    const { threadId } = this.state.value
    const input = {
      content: text === '' ? [] : [{ type: 'input_text', text }],
      quoted_text: '',
      attachments: this.uploads.readyIds(),
      inference_options: {},
    }
    this.#change({ sending: text })
    await this.#converse(
      threadId === undefined
        ? { type: 'threads.create', params: { input } }
        : { type: 'threads.add_user_message', params: { thread_id: threadId, input } },
    )
  }

  /** Has the last message answered again; the answer so far is discarded. */
  async retry(): Promise<void> {
    const itemId = retryPoint(this.state.value)
    if (itemId === undefined) return
    const before = this.state.value.items
    const cut = cutAfter(this.state.value, itemId)
    this.state.change(cut)
    await this.#converse(this.#operation('threads.retry_after_item', { item_id: itemId }))
    const { failure, endSeen, items } = this.state.value
    // The wish was not even accepted, so the server still has the old answer.
    if (failure && !endSeen && items === cut.items) this.#change({ items: before })
  }

  /** Leaves the answer. The server is told nothing else: that is how the protocol says stop. */
  stop(): void {
    this.#abort.abort()
  }

  async answerForm(itemId: string, answers: FormAnswers): Promise<void> {
    const entries = Object.entries(answers).map(([id, values]) => {
      return [id, { values, skipped: values.length === 0 }] as const
    })
    const status = entries.every(([, answer]) => answer.skipped) ? 'skipped' : 'answered'
    const input = { status, answers: Object.fromEntries(entries) }
    await this.#converse(
      this.#operation('threads.add_structured_input', { item_id: itemId, input }),
    )
  }

  async act(itemId: string, action: WidgetAction): Promise<void> {
    const { type, payload, streaming } = action
    if (action.handler === 'client') return this.#actHere(action)
    if (streaming && this.state.value.phase !== 'idle') return
    const params = { item_id: itemId, action: { type, payload } }
    if (streaming) return this.#converse(this.#operation('threads.custom_action', params))
    try {
      const answer = z.object({ updated_item: Item.optional() })
      const operation = this.#operation('threads.sync_custom_action', params)
      const { updated_item: item } = await this.#server.ask(operation, answer)
      if (item) this.#apply({ type: 'thread.item.replaced', item })
    } catch (error) {
      this.#change({ failure: { ...failureOf(error), retryable: false } })
    }
  }

  /** The words in what was spoken. Throws what the server has against it. */
  async transcribe(audioBase64: string, mimeType: string): Promise<string> {
    return await this.#server.transcribe(audioBase64, mimeType)
  }

  /** Says whether an answer was good. The mark lives as long as the page. */
  async rate(items: readonly Item[], kind: 'positive' | 'negative'): Promise<void> {
    const first = items[0]
    if (!first) return
    const before = this.state.value.ratings
    this.#change({ ratings: new Map(before).set(first.id, kind) })
    const itemIds = items.map((item) => item.id)
    try {
      await this.#server.tell(this.#operation('items.feedback', { item_ids: itemIds, kind }))
    } catch (error) {
      this.#change({ ratings: before, failure: { ...failureOf(error), retryable: false } })
    }
  }

  get #server(): ChatServer {
    return this.#surroundings.server
  }

  #operation(type: string, params: Operation['params']): Operation {
    return { type, params: { thread_id: this.state.value.threadId, ...params } }
  }

  #change(part: Partial<Conversation>): void {
    this.state.change({ ...this.state.value, ...part })
  }

  async #actHere({ type, payload }: WidgetAction): Promise<void> {
    const send = async (text: string): Promise<void> => {
      if (this.state.value.phase === 'idle') await this.send(text)
    }
    const problem = await runClientAction({ type, payload }, { ...this.#surroundings, send })
    if (problem !== undefined) this.#change({ failure: { message: problem, retryable: false } })
  }

  #apply(event: Parameters<typeof applyEvent>[1]): void {
    if (event.type === 'client_effect' && runClientEffect(event, this.#surroundings)) return
    if (event.type === 'thread.item.done' && event.item.type === 'user_message') {
      this.uploads.sent(event.item.attachments.map(({ id }) => id))
    }
    this.state.change(applyEvent(this.state.value, event))
    if (event.type === 'thread.created' || event.type === 'thread.updated') {
      this.#surroundings.onThread(event.thread)
    }
  }

  /** One answer, and the ones that follow from it when it asks for the page's own tools. */
  async #converse(first: Operation): Promise<void> {
    this.#abort = new AbortController()
    const { signal } = this.#abort
    // An answer that is refused ends nothing: the one before may go on, for another tab.
    let isRefusal = true
    try {
      let operation: Operation | undefined = first
      for (let round = 0; operation && round < TOOL_ROUNDS_MAX; round++) {
        this.state.change(answerBegun(this.state.value))
        for await (const event of this.#server.stream(operation, signal)) {
          isRefusal &&= event.type === 'error'
          this.#apply(event)
        }
        operation = this.#toolOutput()
      }
      this.#change({ endSeen: !isRefusal })
    } catch (error) {
      if (signal.aborted) this.#change({ endSeen: true })
      else this.state.change(answerFailed(this.state.value, failureOf(error)))
    } finally {
      this.state.change(answerEnded(this.state.value))
    }
  }

  /**
   * Runs the tool that the answer ended with, after the stream: the server accepts it only then.
   */
  #toolOutput(): Operation | undefined {
    const { toolCalls, failure } = this.state.value
    const call = toolCalls.at(-1)
    if (!call || failure) return undefined
    const result = runClientTool({ name: call.name, input: call.arguments }, this.#surroundings)
    return this.#operation('threads.add_client_tool_output', { result })
  }
}
