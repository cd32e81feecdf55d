import { randomBytes } from 'node:crypto'

/** A word that stands for what must not be told; found again wherever it turns up. */
export class Canary {
  readonly word = `CANARY${randomBytes(6).toString('hex')}`

  /** The word inside a text with everything that could make a log or a frame believe otherwise. */
  get text(): string {
    return `${this.word}\n    at ${this.word} (/srv/${this.word}.ts:1:1)\n\ndata: ${this.word}\r\n`
  }

  /** The surroundings of each place where the word is; empty where it is not. */
  findIn(text: string): string[] {
    return Array.from(text.matchAll(new RegExp(`.{0,60}${this.word}.{0,20}`, 'g')), String)
  }
}
