type Listener = () => void

/** A value with listeners: they are called after each change, and not when nothing changed. */
export class Store<Value> {
  #value: Value
  readonly #listeners = new Set<Listener>()

  constructor(value: Value) {
    this.#value = value
  }

  get value(): Value {
    return this.#value
  }

  change(next: Value): void {
    if (Object.is(next, this.#value)) return
    this.#value = next
    for (const listener of this.#listeners) listener()
  }

  /** Calls `listener` until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
