import { tool } from '@openai/agents'
import type { RunContext } from '@openai/agents'
import { z } from 'zod'
import type { AgentChat } from '../../protocol/author.ts'
import { explainToModel } from './explain-to-model.ts'
import { clockCard } from '../widgets/clock-card.ts'
import type { PlaceTime } from '../widgets/clock-card.ts'

const ZONES_MAX = 6
const ZONE_LENGTH_MAX = 64
const MINUTE_MS = 60_000

// The schema is checked before `execute` runs, so nothing below sees an unbounded argument.
const Parameters = z.object({
  zones: z
    .array(
      z
        .string()
        .max(ZONE_LENGTH_MAX)
        .regex(/^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z_+-]+)+$/),
    )
    .min(1)
    .max(ZONES_MAX)
    .describe('IANA time zones, for example "Europe/Paris", "Asia/Tokyo"'),
  at: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe('the moment to show, ISO 8601 with an offset; null for now'),
})

/** Tells the time in several places at one moment, and shows it as a card. */
export const worldClock = tool({
  name: 'world_clock',
  description: 'Tells the current time, or the time at a given moment, in one or more time zones.',
  parameters: Parameters,
  errorFunction: explainToModel,
  execute: async ({ zones, at }, context?: RunContext<AgentChat>) => {
    const moment = at === null ? new Date() : new Date(at)
    const unknown = zones.filter((zone) => !isKnown(zone))
    if (unknown.length > 0) {
      return { error: 'These are not IANA time zones; correct or ask.', zones: unknown }
    }
    const chat = context?.context
    const locale = chat?.user.locale ?? 'en'
    const times = zones.map((zone) => timeIn(zone, moment, locale))
    const copyText = times.map(({ place, day, time }) => `${place}: ${day}, ${time}`).join('\n')
    await chat?.showWidget(clockCard(times), { copyText })
    return { moment: moment.toISOString(), times }
  },
})

function isKnown(zone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function timeIn(zone: string, moment: Date, locale: string): PlaceTime {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(moment)
  return {
    zone,
    place: (zone.split('/').at(-1) ?? zone).replaceAll('_', ' '),
    time: format({ timeStyle: 'short' }),
    day: format({ weekday: 'short', day: 'numeric', month: 'short' }),
    offsetMinutes: offsetMinutes(zone, moment),
  }
}

/** The difference between the wall clock there, read as if it were UTC, and UTC. */
function offsetMinutes(zone: string, moment: Date): number {
  const wall = moment.toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T')
  return Math.round((Date.parse(`${wall}Z`) - moment.getTime()) / MINUTE_MS)
}
