import type { AgentInputItem } from '@openai/agents'
import type { ModelImage } from '../protocol/author.ts'
import type { Chat, NewImage } from '../protocol/chat.ts'
import { attachmentIdIn } from '../protocol/ids.ts'
import type { ThreadItem } from '../protocol/items.ts'
import { attachmentContent, attachmentName, isGone } from './attachment-content.ts'
import { said } from './said.ts'

/** A stage of an image that is shorter goes out as it is: it is soon gone, and stored nowhere. */
const STAGE_LENGTH_MAX = 65_536

/**
 * The address of an image that the model makes: where attachments are kept it is kept there, as
 * images in rows and streams make conversations slow; or else it is a `data:` URL.
 */
export async function imageAddress(image: ModelImage, chat: Chat): Promise<string> {
  const { id, base64, mimeType, partialIndex } = image
  const isStage = partialIndex !== undefined
  const isSmallStage = isStage && base64.length <= STAGE_LENGTH_MAX
  const kept = isSmallStage ? undefined : await keep({ id, base64, mimeType, isStage }, chat)
  return kept ?? `data:${mimeType};base64,${base64}`
}

async function keep(image: NewImage, chat: Chat): Promise<string | undefined> {
  try {
    return await chat.keepImage(image)
  } catch (error) {
    // It has been paid for, so it is shown all the same.
    chat.noteFailure(error)
    return undefined
  }
}

/**
 * A generated image that is kept, as the model reads it: its address in the item is for browsers,
 * and ends. Undefined for every other item.
 */
export async function fromKeptImage(
  item: ThreadItem,
  chat: Chat,
): Promise<AgentInputItem[] | undefined> {
  const id = item.type === 'generated_image' && item.image && attachmentIdIn(item.image.url)
  if (!id) return undefined
  const image = { type: 'image', id, name: 'image', mime_type: 'image/png' } as const
  try {
    const content = await attachmentContent(image, chat)
    return [said('This is an image that you made for the user:', content)]
  } catch (error) {
    if (!isGone(error)) throw error
    const content = attachmentName(image, 'it is not available any more')
    return [said('You made an image for the user:', content)]
  }
}
