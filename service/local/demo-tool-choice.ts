import type { ModelRequest } from '@openai/agents'
import { fillFromText } from './demo-arguments.ts'
import type { Turn } from './demo-turn.ts'
import { mentions, sentencesIn, significantWords } from './demo-words.ts'

const NAME_WORD_SCORE = 2
const DESCRIPTION_WORD_SCORE = 1
const EVIDENCE_SCORE = 2
const COVERAGE_SCORE = 1
const COVERAGE_MIN = 2 / 3
const COVERED_WORDS_MIN = 2
const CALL_SCORE_MIN = 3
const NAME_CHARS_MIN = 4 // shorter names are everyday words

export interface ToolChoice {
  readonly name: string
  /** JSON that is valid for the tool. */
  readonly arguments: string
}

/** The parts of a request that decide whether a tool is called. */
export type ToolRequest = Pick<ModelRequest, 'tools' | 'modelSettings'>

/**
 * The tool to call next for what the user said, with arguments, or undefined if there is none.
 *
 * A tool is asked for by its name, or by enough words of its name and description. The whole text
 * asks for one; each sentence of it may ask for another. A tool whose arguments cannot be found is
 * never chosen, not even when the request demands it.
 */
export function chooseTool(
  request: ToolRequest,
  turn: Pick<Turn, 'text' | 'called' | 'shown'>,
): ToolChoice | undefined {
  const { text, called, shown } = turn
  const candidates = [text, ...sentencesIn(text)].map((part) => rank(request, part))
  const named = candidates[0]?.filter(({ score }) => score === Number.POSITIVE_INFINITY) ?? []
  const wanted = [...candidates.flatMap((ranked) => ranked.slice(0, 1)), ...named]
  const missing = [...Map.groupBy(wanted, ({ name }) => name).values()]
    .flatMap((same) => same.slice(0, 1))
    .filter(({ name }) => !called.has(name))
  // When the browser has answered, earlier calls are known by the widgets that they left alone.
  const next = missing[called.size > 0 ? shown : 0]
  return next && { name: next.name, arguments: next.arguments }
}

interface Candidate extends ToolChoice {
  readonly score: number
}

/** The tools that a text asks for, the likeliest first. */
function rank(request: ToolRequest, text: string): Candidate[] {
  const demand = request.modelSettings.toolChoice ?? 'auto'
  const scoreMin = demand === 'auto' ? CALL_SCORE_MIN : 0
  return request.tools
    .filter((tool) => tool.type === 'function')
    .filter((tool) => ['auto', 'required', tool.name].includes(demand))
    .flatMap((tool) => {
      const filled = fillFromText(tool.parameters, { text, subject: tool.name })
      if (!filled) return []
      const { value, evidence } = filled
      const isNamed = tool.name.length >= NAME_CHARS_MIN && mentions(text, tool.name)
      // A word that is a value says what to do it with, not what to do.
      const said = new Set(significantWords(text)).difference(
        new Set(significantWords(evidence.map(String).join(' '))),
      )
      const words = scoreWords(tool, said) + (evidence.length > 0 ? EVIDENCE_SCORE : 0)
      const score = isNamed ? Number.POSITIVE_INFINITY : words
      const count = evidence.length
      return [{ name: tool.name, arguments: JSON.stringify(value), score, count }]
    })
    .filter(({ score }) => score >= scoreMin)
    .toSorted((one, other) => order(other.score, one.score) || other.count - one.count)
}

/** Like a difference, but of two infinite numbers it is none. */
function order(one: number, other: number): number {
  return one === other ? 0 : one - other
}

function scoreWords(
  tool: { readonly name: string; readonly description: string },
  said: ReadonlySet<string>,
): number {
  const inName = said.intersection(new Set(significantWords(tool.name)))
  const inDescription = said.intersection(new Set(significantWords(tool.description)))
  // "What is the current time?" says little, but all of it is in the description of a clock.
  const coverage = inName.union(inDescription).size / Math.max(said.size, COVERED_WORDS_MIN)
  return (
    inName.size * NAME_WORD_SCORE +
    inDescription.size * DESCRIPTION_WORD_SCORE +
    (coverage >= COVERAGE_MIN ? COVERAGE_SCORE : 0)
  )
}
