import { z } from 'zod'

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
// With a zone, or without: then it is UTC, and not the zone of whichever machine reads it.
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i

/**
 * A time on the wire: in UTC, with `Z`. Clients read a time without a zone as one of their own.
 * ISO 8601 with another zone, or with none, is taken and rewritten.
 */
export const UtcTime = z
  .string()
  .refine((time) => ISO.test(time) && !Number.isNaN(toDate(time).getTime()), {
    error: 'must be a time such as 2026-01-31T08:30:00Z',
  })
  .overwrite((time) => (UTC.test(time) ? time : toDate(time).toISOString()))

function toDate(time: string): Date {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(time.slice('2026-01-31'.length))
  return new Date(hasZone ? time : `${time}Z`)
}
