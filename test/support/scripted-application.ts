import type { Chat, ChatApplication } from '../../service/protocol/chat.ts'
import { newId } from '../../service/protocol/ids.ts'
import type { UserMessageItem } from '../../service/protocol/items.ts'

export type Respond = (chat: Chat, message: UserMessageItem | undefined) => Promise<void>

/** An application that does what a test says, in the place of the agent. */
export function scripted(respond: Respond): ChatApplication {
  return { respond }
}

/** Begins a message of the assistant; what it returns adds text to it and ends it. */
export async function beginMessage(chat: Chat) {
  const item = {
    type: 'assistant_message' as const,
    id: newId('message'),
    thread_id: chat.thread.id,
    created_at: new Date().toISOString(),
  }
  let whole = ''
  await chat.send({ type: 'thread.item.added', item: { ...item, content: [] } })
  return {
    id: item.id,
    add: (delta: string) => {
      whole += delta
      return chat.send({
        type: 'thread.item.updated',
        item_id: item.id,
        update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta },
      })
    },
    done: () =>
      chat.send({
        type: 'thread.item.done',
        item: { ...item, content: [{ type: 'output_text', text: whole, annotations: [] }] },
      }),
  }
}

/** Says one whole message. */
export async function sayWhole(chat: Chat, text: string): Promise<void> {
  const message = await beginMessage(chat)
  await message.add(text)
  await message.done()
}

/** Waits until it is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}
