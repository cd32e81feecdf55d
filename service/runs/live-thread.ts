import type { ChatThread } from '../protocol/chat.ts'
import type { Thread, ThreadStatus } from '../protocol/thread.ts'
import type { ThreadChanges } from '../store/threads.ts'

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** A conversation that its application may change; the changes are collected until taken. */
export class LiveThread implements ChatThread {
  #thread: Thread
  #changes: Mutable<ThreadChanges> | undefined

  constructor(thread: Thread) {
    this.#thread = thread
  }

  get id(): string {
    return this.#thread.id
  }

  get createdAt(): string {
    return this.#thread.created_at
  }

  get title(): string | undefined {
    return this.#thread.title
  }

  set title(title: string | undefined) {
    if (title === this.#thread.title) return
    this.#thread = { ...this.#thread, title }
    this.#changed.title = title ?? null
  }

  get status(): ThreadStatus {
    return this.#thread.status
  }

  set status(status: ThreadStatus) {
    this.#thread = { ...this.#thread, status }
    this.#changed.status = status
  }

  get allowedImageDomains(): readonly string[] | undefined {
    return this.#thread.allowed_image_domains
  }

  set allowedImageDomains(domains: readonly string[] | undefined) {
    if (domains === this.#thread.allowed_image_domains) return
    this.#thread = { ...this.#thread, allowed_image_domains: domains && [...domains] }
    this.#changed.allowedImageDomains = domains ?? null
  }

  get metadata(): Readonly<Record<string, unknown>> {
    return this.#thread.metadata
  }

  set metadata(metadata: Readonly<Record<string, unknown>>) {
    this.#thread = { ...this.#thread, metadata }
    this.#changed.metadata = metadata
  }

  /** Whether there is something to store and to announce. */
  get isChanged(): boolean {
    return this.#changes !== undefined
  }

  /** What has changed since the last call. */
  takeChanges(): ThreadChanges {
    const changes = this.#changes ?? {}
    this.#changes = undefined
    return changes
  }

  get #changed(): Mutable<ThreadChanges> {
    this.#changes ??= {}
    return this.#changes
  }
}
