import type { AgentInputItem } from '@openai/agents'
import type { Converters, ModelContent } from '../protocol/author.ts'
import type { Chat } from '../protocol/chat.ts'
import type { Attachment, UserMessageItem } from '../protocol/items.ts'
import { attachmentName, isGone } from './attachment-content.ts'
import { said } from './said.ts'

/** Whether the model sees files, or hears their names: it may have refused a file. */
export type Files = 'shown' | 'named'

export interface ModelInputParts {
  readonly chat: Chat
  readonly converters: Converters
  readonly files: Files
}

/** Where a message stands in the conversation. */
export interface Age {
  /** Whether it is the one to be answered. */
  readonly isNewest: boolean
  /** Whether files are still told with it. */
  readonly isRecent: boolean
}

/**
 * What the user said, in up to three messages: the text with its attachments, the passage it is
 * about, and what there is to know of what it mentions.
 */
export async function fromUserMessage(
  item: UserMessageItem,
  { isNewest, isRecent }: Age,
  parts: ModelInputParts,
): Promise<AgentInputItem[]> {
  const { chat, converters } = parts
  const text = item.content
    .map((part) => (part.type === 'input_text' ? part.text : `@${part.text}`))
    .join('')
  const attached = item.attachments.map((one) => fromAttachment(one, isRecent, parts))
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

async function fromAttachment(
  attachment: Attachment,
  isRecent: boolean,
  { chat, converters, files }: ModelInputParts,
): Promise<ModelContent> {
  if (!isRecent) {
    return attachmentName(attachment, 'it was sent a while ago: ask for it if you need it again')
  }
  if (files === 'named') return attachmentName(attachment, 'it could not be read')
  try {
    return await converters.attachment(attachment, chat)
  } catch (error) {
    // What has been deleted must not be in the way of the next question.
    if (!isGone(error)) throw error
    return attachmentName(attachment, 'it is not available any more')
  }
}

/** What is mentioned, once each: the same text is the same thing to the model. */
function mentionsOf({ content }: UserMessageItem) {
  const tags = content.filter((part) => part.type === 'input_tag')
  return tags.filter((tag, index) => tags.findIndex(({ text }) => text === tag.text) === index)
}
