import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { readEvents, toJson } from './events.ts'
import type { Flow } from './flow.ts'
import { messageOf } from './operations.ts'
import type { Mint, User, Users } from './users.ts'
import type { Answer, Ask, Wire } from './wire.ts'

/** Short, harmless, and the same for every model. */
const MESSAGE = 'This is a check of the deployment. Answer with one short sentence.'
const ANSWER_MS_MAX = 120_000

export interface SiteOptions {
  readonly wire: Wire
  readonly users: Users
  readonly mint?: Mint | undefined
  /** The pages that may use the deployment, as far as that is known. */
  readonly origins: readonly string[]
  readonly httpPort: number
  readonly heartbeatSeconds: number
  /** How long a silent stream is held open. */
  readonly idleSeconds: number
  /** Asks for an answer that takes long. */
  readonly prompt: string
}

/** A conversation that was held for the checks. */
export interface Conversation {
  readonly threadId: string
  readonly itemIds: readonly string[]
  /** The request that began it, and the answer as it came. */
  readonly ask: Ask
  readonly flow: Flow
}

const Thread = z.looseObject({
  id: z.string(),
  items: z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) }),
})
const Threads = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) })

/** The deployment under examination, and what was created there in the course of it. */
export class Site {
  readonly options: SiteOptions
  readonly wire: Wire
  readonly #conversations = new Map<User, Promise<Conversation>>()
  readonly #threads: { readonly user: User; readonly id: string }[] = []

  constructor(options: SiteOptions) {
    this.options = options
    this.wire = options.wire
  }

  get users(): Users {
    return this.options.users
  }

  /** Sends one ChatKit request for a user. */
  post(
    operation: { readonly type: string; readonly params: object },
    user: User,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return this.wire.ask(chatRequest(operation, user, headers))
  }

  /** The conversation of a user, which begins when somebody needs it. */
  conversation(user: User): Promise<Conversation> {
    let conversation = this.#conversations.get(user)
    if (!conversation) {
      conversation = this.#converse(user)
      this.#conversations.set(user, conversation)
    }
    return conversation
  }

  /** Remembers a conversation, so that it will be deleted. */
  keep(user: User, threadId: string): void {
    this.#threads.push({ user, id: threadId })
  }

  /** Deletes every conversation that was created; the number of those that could not be. */
  async cleanUp(): Promise<number> {
    const deletions = this.#threads.map(async ({ user, id }) => {
      const { status } = await this.post(
        { type: 'threads.delete', params: { thread_id: id } },
        user,
      )
      if (status !== 200) throw new Error(`status ${status}`)
    })
    const settled = await Promise.allSettled(deletions)
    return settled.filter(({ status }) => status === 'rejected').length
  }

  async #converse(user: User): Promise<Conversation> {
    const [origin] = this.options.origins
    const operation = { type: 'threads.create', params: { input: messageOf(MESSAGE) } }
    const key = { 'idempotency-key': `verify-${randomUUID()}` }
    const ask = chatRequest(operation, user, origin === undefined ? key : { ...key, origin })
    const flow = await this.wire.open(ask)
    await flow.read(ANSWER_MS_MAX)
    const threadId = threadIdOf(flow.text) ?? (await this.#newestThread(user))
    if (threadId === undefined) {
      throw new Error(`no conversation could be created: status ${flow.status}`)
    }
    this.keep(user, threadId)
    const answer = await this.post(
      { type: 'threads.get_by_id', params: { thread_id: threadId } },
      user,
    )
    const items = Thread.safeParse(toJson(answer.body)).data?.items.data ?? []
    return { threadId, itemIds: items.map(({ id }) => id), ask, flow }
  }

  async #newestThread(user: User): Promise<string | undefined> {
    const answer = await this.post({ type: 'threads.list', params: { limit: 1 } }, user)
    return Threads.safeParse(toJson(answer.body)).data?.data[0]?.id
  }
}

/** The conversation that a stream has created. */
export function threadIdOf(text: string): string | undefined {
  const { events } = readEvents(text)
  return events.find(({ type }) => type === 'thread.created')?.thread?.id
}

/** A request as ChatKit sends it for a user. */
export function chatRequest(
  operation: { readonly type: string; readonly params: object },
  user: User,
  headers: Readonly<Record<string, string>> = {},
): Ask {
  return {
    headers: { ...user.headers, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(operation),
  }
}
