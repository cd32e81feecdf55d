import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, tool } from '@openai/agents'
import type { InputGuardrail, OutputGuardrail, RunContext } from '@openai/agents'
import type { AgentChat, Author, Converters } from '../../service/protocol/author.ts'
import { Performances, actPlainly, perform } from './perform.ts'
import { TraceFault } from './placeholders.ts'
import type { AgentAct, AgentEntry } from './script-format.ts'
import type { Told } from './told.ts'
import { BEFORE_RUN } from './trace-format.ts'
import type { BridgeTrace } from './trace-format.ts'

/** Between what a tool does and what the model says, so that their order is certain. */
const SPACING_MS = 5

/** What the SDK tells a tool of its call. */
interface ToolCallDetails {
  readonly toolCall?: { readonly callId?: string }
}

type Scripts = ReadonlyMap<string, Performances<AgentEntry>>

/** An author who lets an agent answer that has the tools, guardrails and converters of a trace. */
export function scriptedAuthor(trace: BridgeTrace, told: Told): Author {
  const scripts: Scripts = new Map(
    Object.entries(trace.context_script).map(([name, script]) => [name, new Performances(script)]),
  )
  let input: string | undefined
  const play = async (name: string, scene: Scene) => {
    const entries = scripts.get(name)?.next() ?? []
    const { chat } = scene
    try {
      const act = (entry: AgentAct) => actAsAgent(entry, scene)
      await perform(entries, { threadId: chat.thread.id, input, act })
    } catch (error) {
      if (error instanceof TraceFault) told.complain(error.message)
      throw error
    }
  }
  const agent = agentOf(trace, play)
  const { max_turns: turnsMax } = trace
  return {
    respond: async (chat, message) => {
      input = message?.id
      await play(BEFORE_RUN, { chat })
      await chat.answerWith(agent, turnsMax === undefined ? {} : { turnsMax })
    },
    converters: convertersOf(trace),
  }
}

interface Scene {
  readonly chat: AgentChat
  /** The model's id of the call whose tool is at work. */
  readonly callId?: string | undefined
}

async function actAsAgent(entry: AgentAct, { chat, callId }: Scene): Promise<void> {
  await sleep(SPACING_MS)
  if ('$startWorkflow' in entry) await chat.startWorkflow(entry.$startWorkflow)
  else if ('$addWorkflowTask' in entry) await chat.addTask(entry.$addWorkflowTask)
  else if ('$updateWorkflowTask' in entry) {
    const { task_index: index, task } = entry.$updateWorkflowTask
    await chat.updateTask(index, task)
  } else if ('$endWorkflow' in entry) await chat.endWorkflow(entry.$endWorkflow)
  else if ('$clientToolCall' in entry) chat.callBrowser({ ...entry.$clientToolCall, callId })
  else await actPlainly(chat, entry)
  await sleep(SPACING_MS)
}

function agentOf(
  trace: BridgeTrace,
  play: (name: string, scene: Scene) => Promise<void>,
): Agent<AgentChat> {
  const tools = trace.tools.map(({ name, output }) =>
    tool({
      name,
      description: name,
      parameters: { type: 'object', properties: {}, required: [], additionalProperties: true },
      strict: false,
      errorFunction: null, // a tool that fails fails the run
      execute: async (_arguments, context?: RunContext<AgentChat>, details?: ToolCallDetails) => {
        if (!context) throw new TraceFault(`${name}: the tool has no chat`)
        await play(name, { chat: context.context, callId: details?.toolCall?.callId })
        return output
      },
    }),
  )
  const { stop_at: stopAtToolNames, guardrails } = trace
  return new Agent<AgentChat>({
    name: 'Assistant',
    tools,
    ...(stopAtToolNames.length > 0 ? { toolUseBehavior: { stopAtToolNames } } : {}),
    inputGuardrails: guardrails.input ? [tripAfter(guardrails.input.trips_after_ms)] : [],
    outputGuardrails: guardrails.output ? [tripAlways] : [],
  })
}

function tripAfter(ms: number): InputGuardrail {
  return {
    name: 'input',
    execute: async () => {
      await sleep(ms)
      return { tripwireTriggered: true, outputInfo: undefined }
    },
  }
}

const tripAlways: OutputGuardrail = {
  name: 'output',
  execute: async () => ({ tripwireTriggered: true, outputInfo: undefined }),
}

function convertersOf({ item_converter, stream_converter }: BridgeTrace): Partial<Converters> {
  const { tag_prefix: tagPrefix, attachment_prefix: attachmentPrefix } = item_converter
  const { partial_images: partialImages, image_base_url: base } = stream_converter
  return {
    hostedTools: false,
    ...(tagPrefix === undefined ? {} : { tag: async ({ id }) => inputText(`${tagPrefix}${id}`) }),
    ...(attachmentPrefix === undefined
      ? {}
      : { attachment: async ({ name }) => inputText(`${attachmentPrefix}${name}`) }),
    ...(partialImages === undefined ? {} : { partialImages }),
    ...(base === undefined
      ? {}
      : { imageUrl: async ({ id, partialIndex }) => `${base}/${id}/${partialIndex ?? 'final'}` }),
  }
}

function inputText(text: string) {
  return { type: 'input_text' as const, text }
}
