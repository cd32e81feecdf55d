import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Usage } from '@openai/agents'
import type {
  AssistantMessageItem,
  FunctionCallItem,
  Model,
  ModelProvider,
  ModelRequest,
  ModelResponse,
  StreamEvent,
} from '@openai/agents'
import { fillFromText } from './demo-arguments.ts'
import { asksForWriting, topicOf } from './demo-ask.ts'
import { writeReply } from './demo-reply.ts'
import { chooseTool } from './demo-tool-choice.ts'
import { readTurn } from './demo-turn.ts'

const WORDS_PER_SECOND = 45
const WORDS_OF_THOUGHT = 10 // a pause before the answer, as long as this many words
const CHARS_PER_TOKEN = 4
const MS_PER_SECOND = 1_000

export interface DemoModelOptions {
  /** Words a second. @default about as fast as real models; Infinity does not wait at all */
  readonly pace?: number
}

/**
 * Answers without a key or a network, so that everything around a model can be seen at work.
 *
 * It knows no tool: it calls those of the agent whose name or description fits what the user
 * wrote, with arguments that their schemas allow: one per message, and another one only if it is
 * asked for by itself. The same conversation gets the same answer. Handoffs are never used. The
 * request's signal ends an answer at once, with an error.
 */
export class DemoModel implements Model {
  readonly #pace: number

  constructor(options: DemoModelOptions = {}) {
    this.#pace = options.pace ?? WORDS_PER_SECOND
  }

  async getResponse(request: ModelRequest): Promise<ModelResponse> {
    const output = answer(request)
    const words = wordsOf(textOf(output)).length
    await this.#wait(words + WORDS_OF_THOUGHT, request.signal)
    return { responseId: newId('resp'), output: [output], usage: usageOf(request, output) }
  }

  async *getStreamedResponse(request: ModelRequest): AsyncIterable<StreamEvent> {
    const output = answer(request)
    yield { type: 'response_started' }
    await this.#wait(WORDS_OF_THOUGHT, request.signal)
    for (const delta of wordsOf(textOf(output))) {
      await this.#wait(1, request.signal)
      yield { type: 'output_text_delta', delta }
    }
    const { inputTokens, outputTokens, totalTokens } = usageOf(request, output)
    yield {
      type: 'response_done',
      response: {
        id: newId('resp'),
        output: [output],
        usage: { requests: 1, inputTokens, outputTokens, totalTokens },
      },
    }
  }

  async #wait(words: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const ms = (words / this.#pace) * MS_PER_SECOND
    if (ms > 0) await sleep(ms, undefined, { signal })
  }
}

/** Gives the demo model whatever model an agent asks for. */
export class DemoModelProvider implements ModelProvider {
  readonly #model: DemoModel

  constructor(options: DemoModelOptions = {}) {
    this.#model = new DemoModel(options)
  }

  getModel(): Model {
    return this.#model
  }
}

type Answer = AssistantMessageItem | FunctionCallItem

function answer(request: ModelRequest): Answer {
  const turn = readTurn(request.input)
  const call = asksForWriting(turn.text) ? undefined : chooseTool(request, turn)
  if (call) return { type: 'function_call', callId: newId('call'), status: 'completed', ...call }
  const { outputType } = request
  const text =
    outputType === 'text' ? writeReply(turn, request.tools) : writeJson(outputType, turn.text)
  return {
    type: 'message',
    id: newId('msg'),
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text }],
  }
}

type JsonOutput = Exclude<ModelRequest['outputType'], 'text'>

function writeJson({ name, schema }: JsonOutput, text: string): string {
  const filled = fillFromText(schema, { text, subject: '', phrase: topicOf(text) })
  if (filled) return JSON.stringify(filled.value)
  throw new Error(
    `The demo model cannot make up an answer of the type "${name}": set OPENAI_API_KEY to use a ` +
      'model that can.',
  )
}

function textOf(output: Answer): string {
  if (output.type === 'function_call') return ''
  return output.content.map((part) => ('text' in part ? part.text : '')).join('')
}

/** Words together with the spaces before them: put together they are the text again. */
function wordsOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

function usageOf(request: ModelRequest, output: Answer): Usage {
  const asked = [request.systemInstructions ?? '', request.input, request.tools]
  const inputTokens = estimateTokens(JSON.stringify(asked))
  const said = output.type === 'function_call' ? output.arguments : textOf(output)
  const outputTokens = estimateTokens(said)
  const totalTokens = inputTokens + outputTokens
  return new Usage({ requests: 1, inputTokens, outputTokens, totalTokens })
}

function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN)
}

function newId(prefix: string): string {
  return `${prefix}_demo_${randomUUID()}`
}
