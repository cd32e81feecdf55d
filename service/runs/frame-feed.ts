/** What one run keeps in memory for those who listen to it. */
export const FEED_LENGTH_MAX = 256 * 1024
/** A frame may be larger than all that is kept, an image for example: it counts as this much. */
const FRAME_COST_MAX = FEED_LENGTH_MAX / 4

export interface FrameFeedOptions {
  /** Told when the first listener comes and when the last one leaves. */
  readonly onAudience?: (present: boolean) => void
  /** @default 1 */
  readonly firstSequence?: number
}

/**
 * The frames of one run, for any number of readers.
 *
 * Frames are written once and kept up to `FEED_LENGTH_MAX` characters, or four of them that are
 * large by themselves: a reader who is quick must not lose one to the next. A reader holds nothing
 * but its position, so a slow one costs no memory and slows nobody; when the frames it still needs
 * are gone, it has to leave.
 */
export class FrameFeed {
  #frames: string[] = []
  #head = 0
  #headSequence: number
  #length = 0
  #ended = false
  readonly #listeners = new Set<() => void>()
  readonly #onAudience: (present: boolean) => void
  #readLength = 0
  #pushedLength = 0

  constructor({ onAudience, firstSequence = 1 }: FrameFeedOptions = {}) {
    this.#onAudience = onAudience ?? (() => undefined)
    this.#headSequence = firstSequence
  }

  /** The sequence number that the next frame gets. */
  get nextSequence(): number {
    return this.#headSequence + this.#frames.length - this.#head
  }

  get ended(): boolean {
    return this.#ended
  }

  get listenerCount(): number {
    return this.#listeners.size
  }

  /** How many characters the reader that is furthest has not taken yet. */
  get unreadLength(): number {
    return this.#pushedLength - this.#readLength
  }

  push(frame: string): void {
    this.#frames.push(frame)
    this.#length += costOf(frame)
    this.#pushedLength += frame.length
    this.#dropOldest()
    this.#notify()
  }

  /** No frame comes after this. */
  end(): void {
    this.#ended = true
    this.#notify()
  }

  /** Whether the frames from a sequence number on can still be read. */
  holds(sequence: number): boolean {
    return sequence >= this.#headSequence
  }

  /** All frames from a sequence number on, as one text; undefined when the first is gone. */
  readFrom(sequence: number): string | undefined {
    if (!this.holds(sequence)) return undefined
    this.#readLength = this.#pushedLength
    const start = this.#head + sequence - this.#headSequence
    const count = this.#frames.length - start
    return count === 1 ? this.#frames[start] : this.#frames.slice(start).join('')
  }

  /** Calls `listener` at every new frame and at the end, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#onAudience(true)
    return () => {
      const left = this.#listeners.delete(listener)
      if (left && this.#listeners.size === 0) this.#onAudience(false)
    }
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  #dropOldest(): void {
    while (this.#length > FEED_LENGTH_MAX && this.#head < this.#frames.length - 1) {
      this.#length -= costOf(this.#frames[this.#head] ?? '')
      this.#frames[this.#head] = ''
      this.#head += 1
      this.#headSequence += 1
    }
    // Dropping one at a time would move the whole array for every frame.
    if (this.#head > 1_024 && this.#head > this.#frames.length / 2) {
      this.#frames = this.#frames.slice(this.#head)
      this.#head = 0
    }
  }
}

function costOf(frame: string): number {
  return Math.min(frame.length, FRAME_COST_MAX)
}
