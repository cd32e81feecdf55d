import { readFileSync } from 'node:fs'
import { Agent } from '@openai/agents'
import type { AgentChat } from '../protocol/author.ts'
import type { UserMessageItem } from '../protocol/items.ts'
import { browserTimeZone } from './tools/browser-time-zone.ts'
import { fileExpense } from './tools/file-expense.ts'
import { switchTheme } from './tools/switch-theme.ts'
import { travelPolicy } from './tools/travel-policy.ts'
import { worldClock } from './tools/world-clock.ts'

const instructions = readFileSync(new URL('./instructions.md', import.meta.url), 'utf8')

const TITLE_LENGTH_MAX = 60
const GRAPHEME_LENGTH_MAX = 30

/**
 * The one that answers. Its model is the environment's `OPENAI_MODEL`; set `model` here to fix
 * another.
 */
export const agent = new Agent<AgentChat>({
  name: 'Assistant',
  instructions,
  tools: [fileExpense, travelPolicy, worldClock, browserTimeZone, switchTheme],
  // The browser runs one tool in an answer, so the model is to call one at a time.
  modelSettings: { parallelToolCalls: false },
  // The answer ends where the browser has to act; its outcome begins the next one.
  toolUseBehavior: { stopAtToolNames: [browserTimeZone.name, switchTheme.name] },
})

/** The title of a new conversation: the beginning of what the user said, cut between two words. */
export function titleOf(message: Pick<UserMessageItem, 'content'>): string | undefined {
  const text = message.content
    .map((part) => part.text)
    .join('')
    .replace(/\s+/g, ' ')
    .trim()
  if (text === '') return undefined
  const cut = graphemesOf(text).slice(0, TITLE_LENGTH_MAX).join('')
  if (cut === text) return text
  const lastSpace = cut.lastIndexOf(' ')
  return `${lastSpace > cut.length / 2 ? cut.slice(0, lastSpace) : cut}…`
}

/** What people see as one character, such as an emoji, is never cut. */
function graphemesOf(text: string): string[] {
  const beginning = text.slice(0, TITLE_LENGTH_MAX * GRAPHEME_LENGTH_MAX)
  return Array.from(new Intl.Segmenter().segment(beginning), ({ segment }) => segment)
}
