import { isOpenAIResponsesRawModelStreamEvent } from '@openai/agents'
import type {
  Agent,
  AgentInputItem,
  Runner,
  RunRawModelStreamEvent,
  RunStreamEvent,
} from '@openai/agents'
import type { AgentChat } from '../protocol/author.ts'
import type { FunctionCalls } from './function-calls.ts'
import { InOrder } from './in-order.ts'
import { NormalisedEvents } from './normalised-events.ts'
import { ResponsesEvents } from './responses-events.ts'
import { SilenceWatch } from './silence.ts'
import type { Stage } from './stage.ts'
import { isInputRefused, isUnread } from './upstream-failure.ts'

export interface AgentRun {
  readonly runner: Runner
  readonly input: readonly AgentInputItem[]
  /** What to ask with if the model refuses its input; undefined when there are no files in it. */
  readonly inputWithoutFiles: () => Promise<readonly AgentInputItem[] | undefined>
  readonly turnsMax: number
  /** A model that says nothing for this long is given up. */
  readonly silenceMs: number
  readonly stage: Stage
  readonly calls: FunctionCalls
}

/**
 * Lets an agent answer and shows what it says. Its tools get the chat as their run context.
 *
 * A model may refuse a file that it cannot read. It is then asked once more without files: the file
 * stays in the conversation, where it would be in the way of every later question.
 */
export async function runAgent(agent: Agent<AgentChat>, run: AgentRun): Promise<void> {
  const refusal = await attempt(agent, run, run.input)
  if (!refusal) return
  const input = await run.inputWithoutFiles()
  if (!input) throw refusal
  run.stage.chat.noteFailure(refusal)
  const again = await attempt(agent, run, input)
  if (again) throw again
}

/** Returns why the model has refused its input, if it has, before it said or did anything. */
async function attempt(
  agent: Agent<AgentChat>,
  run: AgentRun,
  input: readonly AgentInputItem[],
): Promise<Error | undefined> {
  const { chat } = run.stage
  const end = new AbortController()
  // A signal made of others looks at each of them whenever it is asked, which is at every event.
  const onAbort = () => end.abort(chat.signal.reason)
  chat.signal.addEventListener('abort', onAbort, { once: true })
  if (chat.signal.aborted) onAbort()
  const result = await run.runner.run(agent, [...input], {
    stream: true,
    context: chat,
    maxTurns: run.turnsMax,
    signal: end.signal,
  })
  const raw = new ResponsesEvents(run.stage)
  const watch = new SilenceWatch({
    silenceMs: run.silenceMs,
    isBusy: () => run.calls.areAtWork || raw.isAtWork,
    onSilence: () => end.abort(),
  })
  let isRead = true
  try {
    const endShown = await show(result, run, { raw, watch })
    await result.completed
    if (result.error instanceof Error) throw result.error
    await endShown()
    return undefined
  } catch (error) {
    // Nobody would see what else it says, and its tools would go on doing things.
    end.abort()
    const hasBegun = raw.hasBegun || result.rawResponses.length > 0
    isRead = hasBegun || !isUnread(error)
    if (hasBegun || !isInputRefused(error)) throw error
    return error
  } finally {
    chat.signal.removeEventListener('abort', onAbort)
    const { inputTokens, outputTokens } = result.state.usage
    if (isRead) chat.addUsage({ inputTokens, outputTokens })
  }
}

interface Listening {
  readonly raw: ResponsesEvents
  readonly watch: SilenceWatch
}

/** Shows what comes; returns what ends it when the run has ended well. */
async function show(
  events: AsyncIterable<RunStreamEvent>,
  { stage, calls }: AgentRun,
  { raw, watch }: Listening,
): Promise<() => Promise<void>> {
  const normalised = new NormalisedEvents(stage)
  let isRaw = false
  const shown = new InOrder((event: RunRawModelStreamEvent) => {
    // With the Responses API the SDK gives both forms of each delta: only the raw one counts.
    if (isOpenAIResponsesRawModelStreamEvent(event)) {
      isRaw = true
      return raw.apply(event.data.event)
    }
    // After a handoff another model may answer, one without raw events.
    if (event.data.type === 'response_started') isRaw = false
    return isRaw ? undefined : normalised.apply(event.data)
  })
  const listen = async () => {
    for await (const event of events) {
      if (watch.isOver) return
      watch.heard()
      if (event.type === 'run_item_stream_event') calls.note(event)
      if (event.type !== 'raw_model_stream_event') continue
      if (event.data.type === 'response_started') calls.endTurn()
      shown.add(event)
    }
  }
  try {
    await watch.over(listen())
  } finally {
    await shown.settle()
  }
  return async () => {
    await raw.end()
    await normalised.end()
  }
}
