import { isDeepStrictEqual } from 'node:util'
import type { ChatThread } from '../protocol/chat.ts'
import type { Thread, ThreadStatus } from '../protocol/thread.ts'
import type { MetadataChanges, ThreadChanges } from '../store/threads.ts'

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
      ...(this.#isNew('metadata') ? { metadata: changesOf(this.#known.metadata, metadata) } : {}),
    }
    this.#known = this.#thread
    this.#isTouched = false
    return changes
  }

  /**
   * Takes over what others have changed meanwhile, where the application has not changed it again.
   */
  adopt(stored: Thread): void {
    const fresh = CHANGEABLE.filter((key) => !this.#isNew(key))
    this.#thread = { ...this.#thread, ...pick(stored, fresh) }
    this.#known = { ...this.#known, ...pick(stored, fresh) }
  }

  #isNew(key: (typeof CHANGEABLE)[number]): boolean {
    return !isDeepStrictEqual(this.#thread[key], this.#known[key])
  }

  #assign(change: Partial<Thread>): void {
    this.#thread = { ...this.#thread, ...change }
    this.#isTouched = true
  }
}

function pick(thread: Thread, keys: readonly (typeof CHANGEABLE)[number][]): Partial<Thread> {
  return Object.fromEntries(keys.map((key) => [key, thread[key]]))
}

type Metadata = Readonly<Record<string, unknown>>

function changesOf(before: Metadata, after: Metadata): MetadataChanges {
  const entries = Object.entries(after)
  return {
    set: Object.fromEntries(
      entries.filter(([key, value]) => !isDeepStrictEqual(value, before[key])),
    ),
    removed: Object.keys(before).filter((key) => !Object.hasOwn(after, key)),
  }
}
