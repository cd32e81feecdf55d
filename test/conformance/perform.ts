import { ChatError } from '../../service/protocol/chat.ts'
import type { Chat } from '../../service/protocol/chat.ts'
import { isObject } from './json.ts'
import { fillNumber, fillScript } from './placeholders.ts'
import type { ScriptPlace } from './placeholders.ts'
import type { PlainAct, Repetition, Script } from './script-format.ts'

/** The entries of a script for each call of its hook. */
export class Performances<Entry> {
  readonly #script: Script<Entry>
  #count = 0

  constructor(script: Script<Entry>) {
    this.#script = script
  }

  /** What to do this time: nothing when a script of several calls has run out. */
  next(): readonly Entry[] {
    this.#count += 1
    return this.#script.kind === 'same'
      ? this.#script.entries
      : (this.#script.lists[this.#count - 1] ?? [])
  }
}

export interface Stage<Act> extends ScriptPlace {
  /** Does what one entry says, with its placeholders filled in. */
  readonly act: (entry: Act) => Promise<void>
}

/** Does what the entries of a script say, one after the other. */
export async function perform<Act>(
  entries: readonly (Act | Repetition<Act>)[],
  stage: Stage<Act>,
): Promise<void> {
  for (const entry of entries) {
    if (isRepetition(entry)) {
      for (let n = 1; n <= entry.$repeat; n++) await perform([fillNumber(entry.entry, n)], stage)
    } else {
      await stage.act(fillScript(entry, stage))
    }
  }
}

function isRepetition<Act>(entry: Act | Repetition<Act>): entry is Repetition<Act> {
  return isObject(entry) && '$repeat' in entry
}

/** Does what an entry says that every application can do. */
export async function actPlainly(chat: Chat, entry: PlainAct): Promise<void> {
  const { thread } = chat
  if ('$setTitle' in entry) thread.title = entry.$setTitle ?? undefined
  else if ('$setStatus' in entry) thread.status = entry.$setStatus
  else if ('$setMetadata' in entry) thread.metadata = entry.$setMetadata
  else if ('$setAllowedImageDomains' in entry) {
    thread.allowedImageDomains = entry.$setAllowedImageDomains ?? undefined
  } else if ('$raise' in entry) await fail(chat, entry)
  else if ('$widget' in entry) await chat.showWidget(entry.$widget, copyTextOf(entry))
  else if ('$widgetStream' in entry) {
    await chat.showWidget(oneByOne(entry.$widgetStream), copyTextOf(entry))
  } else if ('$wait' in entry) await untilCancelled(chat.signal)
  else await chat.send(entry)
}

async function fail(
  chat: Chat,
  { $raise, message, allow_retry: allowRetry }: Extract<PlainAct, { readonly $raise: string }>,
): Promise<never> {
  if ($raise === 'custom') throw new ChatError(message ?? '', { allowRetry: allowRetry ?? false })
  // A failure without words invites a retry here; only an event can take that back.
  if ($raise === 'stream' && allowRetry === false) {
    await chat.send({ type: 'error', code: 'stream.error', allow_retry: false })
    throw new ScriptEnd()
  }
  throw new Error(message ?? 'the script fails here')
}

/** Ends a script without a failure. */
export class ScriptEnd extends Error {
  override readonly name = 'ScriptEnd'
}

function copyTextOf({ copy_text: copyText }: { readonly copy_text?: string | null | undefined }) {
  return copyText === null || copyText === undefined ? {} : { copyText }
}

async function* oneByOne<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  yield* values
}

function untilCancelled(signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>()
  const onAbort = () => reject(new Error('cancelled'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  return promise
}
