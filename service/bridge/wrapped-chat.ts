import type { Chat, ChatThread, ChatUser, NewImage, RunUsage } from '../protocol/chat.ts'
import { ComposedChat } from '../protocol/composed-chat.ts'
import type { Attachment, ThreadItem } from '../protocol/items.ts'

/** A chat around another one: all that it says goes through `send`, all else is the other's. */
export abstract class WrappedChat extends ComposedChat {
  readonly user: ChatUser
  readonly thread: ChatThread
  readonly signal: AbortSignal
  protected readonly inner: Chat

  constructor(inner: Chat) {
    super()
    this.inner = inner
    this.user = inner.user
    this.thread = inner.thread
    this.signal = inner.signal
  }

  history(limit: number): Promise<readonly ThreadItem[]> {
    return this.inner.history(limit)
  }

  attachmentUrl(attachment: Attachment): Promise<string> {
    return this.inner.attachmentUrl(attachment)
  }

  readAttachment(attachment: Attachment, bytesMax: number): Promise<Uint8Array> {
    return this.inner.readAttachment(attachment, bytesMax)
  }

  keepImage(image: NewImage): Promise<string | undefined> {
    return this.inner.keepImage(image)
  }

  noteFailure(error: unknown): void {
    this.inner.noteFailure(error)
  }

  addUsage(usage: RunUsage): void {
    this.inner.addUsage(usage)
  }
}
