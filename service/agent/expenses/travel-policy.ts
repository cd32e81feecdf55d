import { readFileSync } from 'node:fs'

export const categories = ['meals', 'travel', 'lodging', 'supplies'] as const
export type Category = (typeof categories)[number]

export const POLICY_FILE = 'travel-policy.md'

const text = readFileSync(new URL('./travel-policy.md', import.meta.url), 'utf8')

/** What the policy says of one category. */
export interface PolicyRule {
  readonly title: string
  readonly text: string
  /** The most that is paid back without a reason, whatever the currency. */
  readonly limit: number
}

const rules = Object.fromEntries(categories.map((category) => [category, parse(category)]))

/** @throws Error when the policy has no section for the category: seen at start-up. */
export function ruleFor(category: Category): PolicyRule {
  return rules[category] ?? parse(category)
}

function parse(category: Category): PolicyRule {
  const section = text.split(/^## /m).find((part) => part.toLowerCase().startsWith(category))
  const [title = '', ...lines] = section?.split('\n') ?? []
  const body = lines.join('\n').trim()
  const limit = Number(/^Up to (\d+)/.exec(body)?.[1])
  if (!(limit > 0)) throw new Error(`${POLICY_FILE} needs a section "${category}" with "Up to …"`)
  return { title, text: body, limit }
}
