import { isDeepStrictEqual } from 'node:util'
import type { ChatThread } from '../protocol/chat.ts'
import type { Thread, ThreadStatus } from '../protocol/thread.ts'
import type { ThreadChanges } from '../store/threads.ts'

const CHANGEABLE = ['title', 'status', 'allowed_image_domains', 'metadata'] as const

/** A conversation that its application may change; the changes are collected until taken. */
export class LiveThread implements ChatThread {
  #thread: Thread
  /** As the database and the client have it. */
  #known: Thread
  /** Asked at every event, so it must cost nothing as long as nothing was assigned. */
  #isTouched = false

  constructor(thread: Thread) {
    this.#thread = thread
    this.#known = thread
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
    this.#assign({ title })
  }

  get status(): ThreadStatus {
    return this.#thread.status
  }

  set status(status: ThreadStatus) {
    this.#assign({ status })
  }

  get allowedImageDomains(): readonly string[] | undefined {
    return this.#thread.allowed_image_domains
  }

  set allowedImageDomains(domains: readonly string[] | undefined) {
    this.#assign({ allowed_image_domains: domains && [...domains] })
  }

  get metadata(): Readonly<Record<string, unknown>> {
    return this.#thread.metadata
  }

  set metadata(metadata: Readonly<Record<string, unknown>>) {
    this.#assign({ metadata: structuredClone(metadata) })
  }

  /** Whether there is something to store and to announce. */
  get isChanged(): boolean {
    this.#isTouched &&= CHANGEABLE.some((key) => this.#isNew(key))
    return this.#isTouched
  }

  /** What has changed since the last call. */
  takeChanges(): ThreadChanges {
    const { title, status, allowed_image_domains: domains, metadata } = this.#thread
    const changes = {
      ...(this.#isNew('title') ? { title: title ?? null } : {}),
      ...(this.#isNew('status') ? { status } : {}),
      ...(this.#isNew('allowed_image_domains') ? { allowedImageDomains: domains ?? null } : {}),
      ...(this.#isNew('metadata') ? { metadata } : {}),
    }
    this.#known = this.#thread
    this.#isTouched = false
    return changes
  }

  #isNew(key: (typeof CHANGEABLE)[number]): boolean {
    return !isDeepStrictEqual(this.#thread[key], this.#known[key])
  }

  #assign(change: Partial<Thread>): void {
    this.#thread = { ...this.#thread, ...change }
    this.#isTouched = true
  }
}
