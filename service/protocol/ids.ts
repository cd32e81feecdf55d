import { randomFillSync } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TIME_LENGTH = 10
const RANDOM_LENGTH = 20 // 5 bits each: 100 random bits
const POOL_IDS = 128

const prefixes = {
  thread: 'thr',
  message: 'msg',
  toolCall: 'tc',
  workflow: 'wf',
  task: 'tsk',
  attachment: 'atc',
  hiddenContext: 'shcx',
  run: 'run',
  request: 'req',
} as const

export type IdKind = keyof typeof prefixes

const pool = Buffer.allocUnsafe(RANDOM_LENGTH * POOL_IDS)
let poolOffset = pool.length

/**
 * A new id such as `msg_01kfwz…`: 48 bits of time, then 100 random bits that nobody can guess.
 *
 * Ids sort by the millisecond they were made in. Order within a conversation never relies on that:
 * items have a sequence number of their own.
 */
export function newId(kind: IdKind): string {
  return `${prefixes[kind]}_${timePart(Date.now())}${randomPart()}`
}

const ATTACHMENT_ID = new RegExp(
  `\\b${prefixes.attachment}_[${ALPHABET}]{${TIME_LENGTH + RANDOM_LENGTH}}\\b`,
)

/** The id of an attachment that an address names, if it does. It may be one that never was. */
export function attachmentIdIn(url: string): string | undefined {
  // What such an address names is in its content, which may be long.
  return url.startsWith('data:') ? undefined : ATTACHMENT_ID.exec(url)?.[0]
}

/** When an id was made, in milliseconds since 1970. */
export function timeOf(id: string): number {
  const start = id.indexOf('_') + 1
  let time = 0
  for (const digit of id.slice(start, start + TIME_LENGTH)) {
    time = time * 32 + ALPHABET.indexOf(digit)
  }
  return time
}

function timePart(milliseconds: number): string {
  let rest = milliseconds
  let text = ''
  for (let index = 0; index < TIME_LENGTH; index++) {
    text = ALPHABET.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function randomPart(): string {
  // One call into the random source serves many ids; a call each would cost more than all the rest.
  if (poolOffset === pool.length) {
    randomFillSync(pool)
    poolOffset = 0
  }
  let text = ''
  for (const end = poolOffset + RANDOM_LENGTH; poolOffset < end; poolOffset++) {
    text += ALPHABET.charAt(pool.readUInt8(poolOffset) & 31)
  }
  return text
}
