import type { TestContext } from 'node:test'
import { Agent, OpenAIProvider, Runner } from '@openai/agents'
import { OpenAI } from 'openai'
import { answersInImages } from '../../service/bridge/answers-in-images.ts'
import { authoredApplication } from '../../service/bridge/authored-application.ts'
import type { AgentChat, Author } from '../../service/protocol/author.ts'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { alice, startService } from './service.ts'
import { startUpstream } from './upstream.ts'
import type { UpstreamStep } from './upstream.ts'

const SILENCE_MS = 10_000

/** An agent without tools and instructions. */
export const plainAgent = new Agent<AgentChat>({ name: 'plain' })

/** An author who lets that agent answer. */
export const plainAuthor: Author = {
  respond: (chat) => chat.answerWith(plainAgent),
}

/** A service whose author is given, and whose model says what the test tells it to. */
export async function startAuthored(
  t: TestContext,
  author: Author,
  answers: readonly (readonly UpstreamStep[])[],
) {
  const { upstream, application } = await authored(t, author, answers)
  const service = await startService(t, { replacements: { application } })
  return { upstream, service, client: await service.as(alice) }
}

/** The same without the service. */
export async function authored(
  t: TestContext,
  author: Author,
  answers: readonly (readonly UpstreamStep[])[],
) {
  const upstream = await startUpstream(t, answers)
  const openAIClient = new OpenAI({ apiKey: 'sk-test', baseURL: upstream.url, maxRetries: 0 })
  const runner = new Runner({
    modelProvider: answersInImages(new OpenAIProvider({ openAIClient, useResponses: true })),
    model: 'test',
    tracingDisabled: true,
  })
  return { upstream, application: authoredApplication({ author, runner, silenceMs: SILENCE_MS }) }
}

/** What an answer does, in short: what happens to items of which type, and other events. */
export function outline(events: readonly ThreadStreamEvent[]): string[] {
  const types = new Map<string, string>()
  const lines: string[] = []
  for (const event of events) {
    if ('item' in event) {
      types.set(event.item.id, event.item.type)
      lines.push(`${event.type.replace('thread.item.', '')} ${event.item.type}`)
    } else if (event.type === 'thread.item.updated') lines.push(event.update.type)
    else if ('item_id' in event) lines.push(`removed ${types.get(event.item_id) ?? 'unknown'}`)
    else lines.push(event.type)
  }
  // Every answer to a first message begins in the same way.
  return lines.slice(lines.indexOf('stream_options') + 1)
}
