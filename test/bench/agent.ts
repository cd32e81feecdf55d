import { Agent, OpenAIProvider, Runner } from '@openai/agents'
import { OpenAI } from 'openai'
import type { AgentChat } from '../../service/protocol/author.ts'

/** An agent without tools, so that its answers are nothing but text. */
export const talker = new Agent<AgentChat>({
  name: 'Talker',
  instructions: 'Say what you are asked to.',
})

/** What runs it, against a Responses API on this machine. */
export function runnerFor(upstreamUrl: string): Runner {
  const openAIClient = new OpenAI({ apiKey: 'sk-none', baseURL: upstreamUrl, maxRetries: 0 })
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses: true })
  return new Runner({ modelProvider, model: 'test', tracingDisabled: true })
}
