import type { Thread } from '../wire/pages.ts'
import { ConversationSession } from './conversation-session.ts'
import type { ToolSurroundings } from './client-tools.ts'
import { failureOf } from './failure.ts'
import type { PutFile } from './uploads.ts'
import { resumingFetch } from './resuming-fetch.ts'
import { ChatServer } from './server.ts'
import { Store } from './store.ts'
import { fetchAs, type Fetch } from './token-source.ts'

/** A row in the list of conversations. */
export type ThreadEntry = Pick<Thread, 'id' | 'title' | 'created_at'>

export interface ChatState {
  readonly user: string
  readonly open: ConversationSession
  readonly threads: readonly ThreadEntry[]
  readonly listPhase: 'loading' | 'ready'
  /** Why the list, or the last change to it, could not be had. */
  readonly listProblem: string | undefined
}

export interface ChatSurroundings extends ToolSurroundings {
  readonly rawFetch: Fetch
  readonly putFile: PutFile
}

/** Everything one user sees: the list of conversations, and the one that is open. */
export class Chat {
  readonly state: Store<ChatState>
  readonly #surroundings: ChatSurroundings
  #server: ChatServer
  // Conversations seen since the user was chosen: an answer goes on while another one is read.
  #sessions = new Set<ConversationSession>()

  constructor(user: string, surroundings: ChatSurroundings) {
    this.#surroundings = surroundings
    this.#server = serverFor(user, surroundings)
    this.state = new Store(this.#stateFor(user))
  }

  /** Speaks as somebody else from now on: other conversations, and none of the former. */
  async switchUser(user: string): Promise<void> {
    for (const session of this.#sessions) session.stop()
    this.#sessions = new Set()
    this.#server = serverFor(user, this.#surroundings)
    this.state.change(this.#stateFor(user))
    await this.loadList()
  }

  async loadList(): Promise<void> {
    const server = this.#server
    const before = new Set(this.state.value.threads.map(({ id }) => id))
    try {
      const threads = await server.listThreads()
      if (server === this.#server) {
        // What has begun meanwhile may not be in a list that was made before.
        const known = new Set(threads.map(({ id }) => id))
        const begun = this.state.value.threads.filter(({ id }) => !before.has(id) && !known.has(id))
        this.#change({ threads: newestFirst([...begun, ...threads]), listProblem: undefined })
      }
    } catch (error) {
      if (server === this.#server) this.#change({ listProblem: failureOf(error).message })
    }
    if (server === this.#server) this.#change({ listPhase: 'ready' })
  }

  /** Shows an empty conversation. The server hears of it with its first message. */
  startNew(): void {
    this.#change({ open: this.#newSession() })
  }

  async open(threadId: string): Promise<void> {
    if (this.state.value.open.state.value.threadId === threadId) return
    const known = [...this.#sessions].find(({ state }) => state.value.threadId === threadId)
    const session = known ?? this.#newSession(threadId)
    this.#change({ open: session })
    if (session.state.value.phase !== 'answering') await session.load()
  }

  async rename(threadId: string, title: string): Promise<void> {
    const before = this.state.value.threads
    this.#retitle(threadId, title)
    await this.#orPutBack(before, async () => {
      const params = { thread_id: threadId, title }
      await this.#server.tell({ type: 'threads.update', params })
    })
  }

  /** Deletes a conversation for good, and leaves it when it is the open one. */
  async delete(threadId: string): Promise<void> {
    const before = this.state.value.threads
    this.#change({ threads: before.filter(({ id }) => id !== threadId) })
    await this.#orPutBack(before, async () => {
      await this.#server.tell({ type: 'threads.delete', params: { thread_id: threadId } })
      for (const session of this.#sessions) {
        if (session.state.value.threadId !== threadId) continue
        session.stop()
        this.#sessions.delete(session)
      }
      if (this.state.value.open.state.value.threadId === threadId) this.startNew()
    })
  }

  #stateFor(user: string): ChatState {
    const open = this.#newSession()
    return { user, open, threads: [], listPhase: 'loading', listProblem: undefined }
  }

  #newSession(threadId?: string): ConversationSession {
    const server = this.#server
    const onThread = (thread: Thread): void => {
      if (server === this.#server) this.#enter(thread)
    }
    const session = new ConversationSession({ ...this.#surroundings, server, onThread }, threadId)
    this.#sessions.add(session)
    return session
  }

  /** Puts a conversation at the head of the list, or its title right where it stands. */
  #enter({ id, title, created_at }: Thread): void {
    const { threads } = this.state.value
    const listed = threads.find((thread) => thread.id === id)
    if (listed && listed.title === title) return
    const entry = { id, title, created_at }
    this.#change({
      threads: listed
        ? threads.map((thread) => (thread.id === id ? entry : thread))
        : newestFirst([entry, ...threads]),
    })
  }

  #retitle(threadId: string, title: string): void {
    const { threads, open } = this.state.value
    this.#change({
      threads: threads.map((thread) => (thread.id === threadId ? { ...thread, title } : thread)),
    })
    if (open.state.value.threadId === threadId) open.state.change({ ...open.state.value, title })
  }

  /** The list shows the wish at once; this undoes it when the server turns it down. */
  async #orPutBack(before: readonly ThreadEntry[], wish: () => Promise<void>): Promise<void> {
    try {
      await wish()
      this.#change({ listProblem: undefined })
    } catch (error) {
      this.#change({ threads: before, listProblem: failureOf(error).message })
    }
  }

  #change(part: Partial<ChatState>): void {
    this.state.change({ ...this.state.value, ...part })
  }
}

function newestFirst(threads: readonly ThreadEntry[]): readonly ThreadEntry[] {
  return threads.toSorted((a, b) => b.created_at.localeCompare(a.created_at))
}

function serverFor(user: string, { rawFetch, putFile }: ChatSurroundings): ChatServer {
  return new ChatServer(resumingFetch(fetchAs(user, rawFetch)), putFile)
}
