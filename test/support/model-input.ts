import type { AgentInputItem } from '@openai/agents'
import { completeConverters } from '../../service/bridge/default-converters.ts'
import { toModelInput } from '../../service/bridge/to-model-input.ts'
import type { Chat } from '../../service/protocol/chat.ts'
import type { ThreadItem } from '../../service/protocol/items.ts'

/** What a model would be told of a conversation without attachments. */
export function modelInputOf(items: readonly ThreadItem[]): Promise<AgentInputItem[]> {
  return toModelInput(items, { chat, converters: completeConverters(), files: 'shown' })
}

const chat: Chat = {
  user: { userId: 'alice', orgId: 'acme', plan: 'free', locale: 'en', role: 'member', claims: {} },
  thread: {
    id: 'thr_1',
    createdAt: '2026-01-01T00:00:00.000Z',
    title: undefined,
    status: { type: 'active' },
    allowedImageDomains: undefined,
    metadata: {},
  },
  signal: new AbortController().signal,
  send: unexpected,
  save: unexpected,
  say: unexpected,
  showWidget: unexpected,
  showProgress: unexpected,
  showNotice: unexpected,
  runEffect: unexpected,
  ask: unexpected,
  callBrowser: unexpected,
  history: unexpected,
  attachmentUrl: unexpected,
  readAttachment: unexpected,
  keepImage: unexpected,
  noteFailure: unexpected,
  addUsage: unexpected,
}

function unexpected(): never {
  throw new Error('the past is told from what it is given, and by nothing else')
}
