import { isOpenAIResponsesRawModelStreamEvent } from '@openai/agents'
import type { Agent, AgentInputItem, Runner, RunStreamEvent } from '@openai/agents'
import type { AgentChat } from '../protocol/author.ts'
import type { FunctionCalls } from './function-calls.ts'
import { NormalisedEvents } from './normalised-events.ts'
import { ResponsesEvents } from './responses-events.ts'
import { demandLife } from './silence.ts'
import type { Stage } from './stage.ts'

export interface AgentRun {
  readonly runner: Runner
  readonly input: readonly AgentInputItem[]
  readonly turnsMax: number
  /** A model that says nothing for this long is given up. */
  readonly silenceMs: number
  readonly stage: Stage
  readonly calls: FunctionCalls
}

/** Lets an agent answer and shows what it says. Its tools get the chat as their run context. */
export async function runAgent(agent: Agent<AgentChat>, run: AgentRun): Promise<void> {
  const { chat } = run.stage
  const silence = new AbortController()
  const result = await run.runner.run(agent, [...run.input], {
    stream: true,
    context: chat,
    maxTurns: run.turnsMax,
    signal: AbortSignal.any([chat.signal, silence.signal]),
  })
  const life = demandLife(result, {
    silenceMs: run.silenceMs,
    isBusy: () => run.calls.areAtWork,
    onSilence: () => silence.abort(),
  })
  try {
    const shown = await show(life, run)
    await result.completed
    if (result.error instanceof Error) throw result.error
    await shown.end()
  } finally {
    const { inputTokens, outputTokens } = result.state.usage
    chat.addUsage({ inputTokens, outputTokens })
  }
}

async function show(events: AsyncIterable<RunStreamEvent>, { stage, calls }: AgentRun) {
  const raw = new ResponsesEvents(stage)
  const normalised = new NormalisedEvents(stage)
  let isRaw = false
  for await (const event of events) {
    if (event.type === 'run_item_stream_event') calls.note(event)
    if (event.type !== 'raw_model_stream_event') continue
    // With the Responses API the SDK gives both forms of each delta: only the raw one counts.
    if (isOpenAIResponsesRawModelStreamEvent(event)) {
      isRaw = true
      const kept = raw.apply(event.data.event)
      if (kept) await kept
      continue
    }
    // After a handoff another model may answer, one without raw events.
    if (event.data.type === 'response_started') {
      isRaw = false
      calls.endTurn()
    }
    if (isRaw) continue
    const kept = normalised.apply(event.data)
    if (kept) await kept
  }
  return {
    end: async () => {
      await raw.end()
      await normalised.end()
    },
  }
}
