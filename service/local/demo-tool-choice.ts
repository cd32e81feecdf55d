import type { ModelRequest } from '@openai/agents'
import { fillFromText } from './demo-arguments.ts'
import { mentions, significantWords } from './demo-words.ts'

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
 * The tool that a text asks for, with arguments, or undefined if it asks for none.
 *
 * A tool is asked for by its name, or by enough words of its name and description. A tool whose
 * arguments cannot be found is never chosen, not even when the request demands it.
 */
export function chooseTool(
  request: ToolRequest,
  text: string,
  called: ReadonlySet<string>,
): ToolChoice | undefined {
  const demand = request.modelSettings.toolChoice ?? 'auto'
  const scoreMin = demand === 'auto' ? CALL_SCORE_MIN : 0
  const said = new Set(significantWords(text))
  const best = request.tools
    .filter((tool) => tool.type === 'function')
    .filter((tool) => !called.has(tool.name))
    .filter((tool) => ['auto', 'required', tool.name].includes(demand))
    .flatMap((tool) => {
      const filled = fillFromText(tool.parameters, { text, subject: tool.name })
      if (!filled) return []
      const isNamed = tool.name.length >= NAME_CHARS_MIN && mentions(text, tool.name)
      const evidence = filled.evidence > 0 ? EVIDENCE_SCORE : 0
      const score = isNamed ? Number.POSITIVE_INFINITY : scoreWords(tool, said) + evidence
      return { name: tool.name, arguments: JSON.stringify(filled.value), score }
    })
    .toSorted((one, other) => other.score - one.score)
    .at(0)
  if (!best || best.score < scoreMin) return undefined
  return { name: best.name, arguments: best.arguments }
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
