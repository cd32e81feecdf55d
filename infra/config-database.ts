import { z } from 'zod'
import { flag, group, oneOf, refuse, text, whole } from './config-fields.ts'

const CAPACITY_MAX = 256
const CAPACITY_STEP = 0.5
const GIB = 2 ** 30
/** What Postgres on RDS and Aurora divides the memory by to get `max_connections`. */
const BYTES_PER_CONNECTION = 9_531_392
const CONNECTIONS_MAX = 5000
/** Of Aurora that may shrink below one unit, however far it may grow. */
const TINY_CONNECTIONS_MAX = 2000
/** What is left after the operating system and the processes of RDS have taken their part. */
const USABLE_MEMORY = 0.85
const GIB_PER_CAPACITY_UNIT = 2

const capacity = (min: number) => {
  const error = `a number from ${min} to ${CAPACITY_MAX} in steps of ${CAPACITY_STEP}`
  return z
    .number({ error })
    .min(min, { error })
    .max(CAPACITY_MAX, { error })
    .multipleOf(CAPACITY_STEP, { error })
}

const Fields = group({
  engine: oneOf(['postgres', 'aurora']).default('postgres'),
  instanceType: text(
    /^[a-z]\w*\.(micro|small|medium|large|\d*xlarge)$/,
    'an instance type such as m8g.large',
  ).optional(),
  storageGiB: whole(20, 16_384).optional(),
  storageGiBMax: whole(22, 65_536).optional(),
  multiAz: flag().default(true),
  capacity: group({ min: capacity(0.5), max: capacity(1) }).optional(),
  backupDays: whole(1, 35).default(14),
})

const DEFAULTS = {
  instanceType: 't4g.medium',
  storageGiB: 20,
  storageGiBMax: 200,
  capacity: { min: 0.5, max: 8 },
} as const

/** PostgreSQL on one instance with a standby, or Aurora that changes its size by itself. */
export const DatabaseSettings = Fields.superRefine((settings, context) => {
  const { engine, capacity: given, storageGiB, storageGiBMax } = settings
  const unused =
    engine === 'aurora'
      ? (['instanceType', 'storageGiB', 'storageGiBMax'] as const)
      : (['capacity'] as const)
  for (const name of unused) {
    if (settings[name] === undefined) continue
    const allowed = `left out, as database.engine is ${engine}`
    refuse(context, [name], { value: settings[name], allowed, final: true })
  }
  if (given && given.max < given.min) {
    const allowed = `at least capacity.min (${given.min})`
    refuse(context, ['capacity', 'max'], { value: given.max, allowed, final: true })
  }
  // RDS refuses a ceiling that is less than a tenth above what is allocated.
  const min = Math.ceil(((storageGiB ?? DEFAULTS.storageGiB) * 11) / 10)
  if ((storageGiBMax ?? DEFAULTS.storageGiBMax) >= min) return
  const allowed = `at least ${min}, a tenth above storageGiB`
  refuse(context, ['storageGiBMax'], {
    value: storageGiBMax ?? DEFAULTS.storageGiBMax,
    allowed,
    final: true,
  })
}).transform((settings) => ({
  ...settings,
  instanceType: settings.instanceType ?? DEFAULTS.instanceType,
  storageGiB: settings.storageGiB ?? DEFAULTS.storageGiB,
  storageGiBMax: settings.storageGiBMax ?? DEFAULTS.storageGiBMax,
  capacity: settings.capacity ?? DEFAULTS.capacity,
}))
export type DatabaseSettings = z.infer<typeof DatabaseSettings>

/**
 * How many connections the database takes at least, or undefined for an instance type whose memory
 * is not known here.
 */
export function connectionsOf({ engine, instanceType, capacity: units }: DatabaseSettings) {
  const memoryGiB =
    engine === 'aurora' ? units.max * GIB_PER_CAPACITY_UNIT : memoryGiBOf(instanceType)
  if (memoryGiB === undefined) return undefined
  const connections = (memoryGiB * GIB * USABLE_MEMORY) / BYTES_PER_CONNECTION
  const isTiny = engine === 'aurora' && units.min < 1
  return Math.min(isTiny ? TINY_CONNECTIONS_MAX : CONNECTIONS_MAX, Math.floor(connections))
}

/** Of the `large` size of each kind of instance; every further step doubles it. */
const LARGE_GIB: Readonly<Record<string, number>> = { t: 8, m: 8, c: 4, r: 16 }
const SMALLER: Readonly<Record<string, number>> = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2 }

function memoryGiBOf(instanceType: string): number | undefined {
  const [, kind = '', size = ''] = /^([a-z])[a-z0-9]+\.(\w+)$/.exec(instanceType) ?? []
  const large = LARGE_GIB[kind]
  const times = SMALLER[size] ?? (size === 'large' ? 1 : timesOfXlarge(size))
  return large !== undefined && times !== undefined ? large * times : undefined
}

function timesOfXlarge(size: string): number | undefined {
  const [, count] = /^(\d*)xlarge$/.exec(size) ?? []
  return count === undefined ? undefined : 2 * Number(count || 1)
}
