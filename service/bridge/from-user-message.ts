import type { AgentInputItem } from '@openai/agents'
import type { Converters } from '../protocol/author.ts'
import type { Chat } from '../protocol/chat.ts'
import type { UserMessageItem } from '../protocol/items.ts'
import { said } from './said.ts'

export interface ModelInputParts {
  readonly chat: Chat
  readonly converters: Converters
}

/**
 * What the user said, in up to three messages: the text with its attachments, the passage it is
 * about, and what there is to know of what it mentions.
 */
export async function fromUserMessage(
  item: UserMessageItem,
  isNewest: boolean,
  { chat, converters }: ModelInputParts,
): Promise<AgentInputItem[]> {
  const text = item.content
    .map((part) => (part.type === 'input_text' ? part.text : `@${part.text}`))
    .join('')
  const attached = item.attachments.map((attachment) => converters.attachment(attachment, chat))
  const input = [said(text, ...(await Promise.all(attached)))]
  // A quotation is about this question; in an old one it would only take room.
  if (isNewest && item.quoted_text) {
    input.push(said(`The message above is about this passage:\n${item.quoted_text}`))
  }
  const explained = mentionsOf(item).map((tag) => converters.tag(tag, chat))
  const explanations = (await Promise.all(explained)).filter((one) => one !== undefined)
  if (explanations.length > 0) {
    input.push(said('What the message above mentions with an @:', ...explanations))
  }
  return input
}

/** What is mentioned, once each: the same text is the same thing to the model. */
function mentionsOf({ content }: UserMessageItem) {
  const tags = content.filter((part) => part.type === 'input_tag')
  return tags.filter((tag, index) => tags.findIndex(({ text }) => text === tag.text) === index)
}
