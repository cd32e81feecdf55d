import type { AgentInputItem } from '@openai/agents'
import type { ModelContent } from '../protocol/author.ts'

/** A message to the model: text, and what belongs to it. */
export function said(text: string, ...more: readonly ModelContent[]): AgentInputItem {
  return { role: 'user', content: [{ type: 'input_text', text }, ...more] }
}
