import { InputGuardrailTripwireTriggered, OutputGuardrailTripwireTriggered } from '@openai/agents'
import type { Agent, AgentInputItem, Runner } from '@openai/agents'
import type { AgentChat, AnswerOptions, Converters } from '../protocol/author.ts'
import type { BrowserCall, Chat } from '../protocol/chat.ts'
import type { ApplicationEvent } from '../protocol/events.ts'
import { isHidden, WorkflowItem } from '../protocol/items.ts'
import type { ThreadItem, ThreadItemInput } from '../protocol/items.ts'
import { Task } from '../protocol/tasks.ts'
import type { TaskInput, WorkflowInput } from '../protocol/tasks.ts'
import { hasFiles } from './files-in-input.ts'
import type { Files } from './from-user-message.ts'
import { FunctionCalls } from './function-calls.ts'
import { OpenWorkflow } from './open-workflow.ts'
import { runAgent } from './run-agent.ts'
import { HISTORY_ITEMS_MAX, toModelInput } from './to-model-input.ts'
import type { Stage } from './stage.ts'
import { toUserFailure } from './upstream-failure.ts'
import { WrappedChat } from './wrapped-chat.ts'

/** Calls of the model in one answer: each round of tools needs one. */
const TURNS_MAX = 20
/** A workflow that goes on is one of the last two items. */
const LAST_ITEMS = 2

export interface LiveAgentChatParts {
  readonly chat: Chat
  readonly runner: Runner
  /** A model that says nothing for this long is given up. */
  readonly silenceMs: number
  readonly converters: Converters
  /** Whether the conversation may end with a workflow that goes on: not after a new message. */
  readonly mayContinue: boolean
}

/** The chat of one answer, with what agents add to it. */
export class LiveAgentChat extends WrappedChat implements AgentChat {
  /** Where what models say is shown. */
  readonly stage: Stage
  readonly #parts: LiveAgentChatParts
  readonly #workflow: OpenWorkflow
  readonly #calls = new FunctionCalls()
  /** What this answer has put into the conversation. */
  readonly #produced = new Set<string>()
  readonly #begunMs = Date.now()
  #mayContinue: boolean
  #browserCall: BrowserCall | undefined
  /** Tools of the browser that were asked for while another one was going to run. */
  readonly #refusedCalls = new Set<string>()

  constructor(parts: LiveAgentChatParts) {
    super(parts.chat)
    this.#parts = parts
    this.#mayContinue = parts.mayContinue
    this.#workflow = new OpenWorkflow(parts.chat, (itemId) => this.#produced.add(itemId))
    this.stage = {
      chat: this,
      workflow: this.#workflow,
      converters: parts.converters,
      beside: { send: (event) => this.#sendBeside(event) },
    }
  }

  send(event: ApplicationEvent): Promise<void> {
    // The way of a delta: nothing is made, and next to nothing is asked.
    if (event.type !== 'thread.item.updated') this.#prepare(event)
    else if (event.item_id === this.#workflow.item?.id) this.#workflow.note(event.update)
    return this.inner.send(event)
  }

  save(item: ThreadItemInput): Promise<void> {
    if (item.id === this.#workflow.item?.id) this.#workflow.forget()
    // An older one is not of this answer, which has only changed it.
    if (Date.parse(item.created_at) >= this.#begunMs) this.#produced.add(item.id)
    return this.inner.save(item)
  }

  callBrowser(call: BrowserCall): void {
    if (this.#browserCall) {
      this.#refusedCalls.add(call.name)
      throw new Error('the browser runs one tool in an answer, and was asked for one already')
    }
    this.#browserCall = call
  }

  async startWorkflow(workflow: WorkflowInput): Promise<void> {
    this.#mayContinue = false
    await this.#workflow.start(workflow)
  }

  async addTask(task: TaskInput): Promise<void> {
    if (this.#mayContinue) await this.#continue()
    await this.#workflow.add(Task.parse(task)).sent
  }

  async updateTask(index: number, task: TaskInput): Promise<void> {
    if (this.#mayContinue) await this.#continue()
    await this.#workflow.update(index, Task.parse(task))
  }

  async endWorkflow(options?: Pick<WorkflowInput, 'summary' | 'expanded'>): Promise<void> {
    if (this.#mayContinue) await this.#continue()
    await this.#workflow.end(options)
  }

  async answerWith(agent: Agent<AgentChat>, options: AnswerOptions = {}): Promise<void> {
    const items = options.input ? [] : await this.#readHistory()
    const input = options.input ?? (await this.#toInput(items, 'shown'))
    if (this.#mayContinue) await this.#continue()
    try {
      await runAgent(agent, {
        runner: this.#parts.runner,
        silenceMs: this.#parts.silenceMs,
        input,
        inputWithoutFiles: async () =>
          !options.input && hasFiles(input) ? await this.#toInput(items, 'named') : undefined,
        turnsMax: options.turnsMax ?? TURNS_MAX,
        calls: this.#calls,
        stage: this.stage,
      })
    } catch (error) {
      if (isTripwire(error)) await this.#retract()
      throw toUserFailure(error)
    }
  }

  /** Ends an answer that is complete: what is open is stored, so that the next one can go on. */
  async finish(): Promise<void> {
    if (this.#refusedCalls.size > 0) await this.inner.save(this.#noteOfRefusedCalls())
    // Behind it only the call of the browser may come: the next answer looks for it there.
    const open = this.#workflow.item
    if (open) await this.inner.save(open)
    const call = this.#browserCall
    if (call) this.inner.callBrowser({ ...call, callId: this.#calls.idFor(call) })
  }

  /** Ends an answer that has failed: work that was shown is not shown as going on. */
  abandon(): void {
    const tasks = this.#workflow.item?.workflow.tasks ?? []
    // What has to be taken back altogether is seen to by the run.
    if (tasks.length > 0) void this.#workflow.end()
  }

  async #readHistory(): Promise<readonly ThreadItem[]> {
    const items = await this.history(HISTORY_ITEMS_MAX)
    if (this.#mayContinue) this.#workflow.adoptLast(items)
    this.#mayContinue = false
    return items
  }

  #toInput(items: readonly ThreadItem[], files: Files): Promise<AgentInputItem[]> {
    return toModelInput(items, { chat: this, converters: this.#parts.converters, files })
  }

  /** The model may have ended its answer with its calls: then it has not heard of these. */
  #noteOfRefusedCalls(): ThreadItemInput {
    const names = [...this.#refusedCalls].join(', ')
    const content = `The browser runs one tool at a time. These calls were not made: ${names}. Call again what is still needed.`
    return { ...this.newItem('hiddenContext'), type: 'sdk_hidden_context', content }
  }

  async #continue(): Promise<void> {
    const items = await this.history(LAST_ITEMS)
    // Somebody else may have been quicker.
    if (this.#mayContinue) this.#workflow.adoptLast(items)
    this.#mayContinue = false
  }

  #prepare(event: ApplicationEvent): void {
    if (event.type === 'thread.item.removed' && event.item_id === this.#workflow.item?.id) {
      this.#workflow.forget()
    }
    if (!('item' in event)) return
    const { item } = event
    const isOpen = item.id === this.#workflow.item?.id
    if (event.type !== 'thread.item.replaced') {
      const isVisible = !isHidden(item) && item.type !== 'client_tool_call'
      if (isVisible && !isOpen) void this.#workflow.end()
      this.#produced.add(item.id)
    }
    if (item.type !== 'workflow') return
    if (event.type === 'thread.item.done') {
      if (isOpen) this.#workflow.forget()
    } else if (isOpen || event.type === 'thread.item.added') {
      this.#workflow.adopt(WorkflowItem.parse(item))
    }
  }

  #sendBeside(event: ApplicationEvent): Promise<void> {
    if ('item' in event) this.#produced.add(event.item.id)
    return this.inner.send(event)
  }

  /** Takes back all that this answer has shown, and stored for the model. */
  async #retract(): Promise<void> {
    this.#workflow.forget()
    this.#browserCall = undefined
    this.#refusedCalls.clear()
    const itemIds = [...this.#produced]
    this.#produced.clear()
    await Promise.all(
      itemIds.map((itemId) => this.inner.send({ type: 'thread.item.removed', item_id: itemId })),
    )
  }
}

function isTripwire(error: unknown): boolean {
  return (
    error instanceof InputGuardrailTripwireTriggered ||
    error instanceof OutputGuardrailTripwireTriggered
  )
}
