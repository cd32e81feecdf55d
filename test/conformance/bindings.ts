const ID_TOKEN = /^<(thread|item|attachment)(:\d+)?>$/

export function isIdToken(text: string): boolean {
  return ID_TOKEN.test(text)
}

/** What tokens such as `<item:2>` stand for, over the whole of one scenario. */
export class Bindings {
  readonly #values = new Map<string, string>()
  readonly #tokens = new Map<string, string>()

  /** Whether a token may stand for an id: the same token the same id, another one another. */
  bind(token: string, id: string): boolean {
    const bound = this.#values.get(token)
    if (bound !== undefined) return bound === id
    const key = `${kindOf(token)} ${id}`
    if (this.#tokens.has(key)) return false
    this.#values.set(token, id)
    this.#tokens.set(key, token)
    return true
  }

  get(token: string): string | undefined {
    return this.#values.get(token)
  }

  /** Tries a comparison. What it binds stays only if it finds nothing to complain about. */
  attempt(compare: (bindings: Bindings) => readonly string[]): readonly string[] {
    const copy = new Bindings()
    copy.adopt(this)
    const found = compare(copy)
    if (found.length === 0) this.adopt(copy)
    return found
  }

  adopt(other: Bindings): void {
    for (const [token, id] of other.#values) this.bind(token, id)
  }
}

function kindOf(token: string): string {
  return ID_TOKEN.exec(token)?.[1] ?? token
}
