import { z } from 'zod'

const Event = z.looseObject({
  type: z.string(),
  thread: z.looseObject({ id: z.string() }).optional(),
  item: z.looseObject({ id: z.string(), type: z.string() }).optional(),
  message: z.string().optional(),
})
export type Event = z.infer<typeof Event>

/** A stream taken apart: what is no event of the protocol counts as unreadable. */
export interface ReadEvents {
  readonly events: readonly Event[]
  readonly unreadable: number
}

/** Reads the events of a stream, comments aside; a frame without its end is none. */
export function readEvents(text: string): ReadEvents {
  const frames = text.split('\n\n').slice(0, -1)
  const data = frames.flatMap((frame) => {
    const lines = frame.split('\n').filter((line) => line.startsWith('data:'))
    return lines.length > 0 ? [lines.map((line) => line.slice('data:'.length)).join('\n')] : []
  })
  const parsed = data.map((json) => Event.safeParse(toJson(json)).data)
  const events = parsed.filter((event) => event !== undefined)
  return { events, unreadable: parsed.length - events.length }
}

/** The value that a text is in JSON; undefined if it is none. */
export function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
