import { z } from 'zod'
import { flag, group, oneOf, refuse, text, whole } from './config-fields.ts'
import { contradictionsOf } from './streaming.ts'

/** Memory that Fargate offers for each CPU size, in steps of 1024 MiB. */
const MEMORY_MIB = {
  512: { min: 1024, max: 4096 },
  1024: { min: 2048, max: 8192 },
  2048: { min: 4096, max: 16_384 },
  4096: { min: 8192, max: 30_720 },
} as const
const MEMORY_STEP_MIB = 1024
const TASKS_MAX = 100
// CloudWatch keeps logs for certain numbers of days only.
const LOG_DAYS = [7, 14, 30, 90, 180, 365] as const

const IMAGE = /^[a-z0-9][\w.:/-]*(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/

export const NetworkSettings = group({
  cidr: z
    .cidrv4({ error: 'an IPv4 range such as 10.0.0.0/16' })
    .regex(/\/(1[6-9]|2[0-2])$/, { error: 'a range from /16 to /22' })
    .default('10.0.0.0/16'),
  zones: whole(2, 3).default(2),
  nat: oneOf(['per-zone', 'one', 'regional']).default('per-zone'),
})

const Tasks = group({
  min: whole(2, TASKS_MAX),
  max: whole(2, TASKS_MAX),
}).superRefine(({ min, max }, context) => {
  if (max < min) refuse(context, ['max'], { value: max, allowed: `at least min (${min})` })
})

export const ServiceSettings = group({
  architecture: oneOf(['arm64', 'x86_64']).default('arm64'),
  cpu: oneOf([512, 1024, 2048, 4096]).default(1024),
  memoryMiB: whole(1024, 30_720).default(2048),
  tasks: Tasks.prefault({ min: 2, max: 10 }),
  image: group({
    uri: text(IMAGE, 'an image with a digest, or a tag that is not latest'),
  }).optional(),
  logDays: oneOf(LOG_DAYS).default(30),
  logLevel: oneOf(['debug', 'info', 'warn', 'error']).optional(),
  openAiModel: text(/^[\w.:-]{1,100}$/, 'the name of a model').optional(),
}).superRefine(({ cpu, memoryMiB }, context) => {
  const { min, max } = MEMORY_MIB[cpu]
  if (memoryMiB >= min && memoryMiB <= max && memoryMiB % MEMORY_STEP_MIB === 0) return
  const allowed = `from ${min} to ${max} in steps of ${MEMORY_STEP_MIB}, for cpu ${cpu}`
  refuse(context, ['memoryMiB'], { value: memoryMiB, allowed })
})

export const DatabaseSettings = group({
  instanceType: text(/^[a-z]\w*\.\d*[a-z]+$/, 'an instance type such as m8g.large').default(
    't4g.medium',
  ),
  storageGiB: whole(20, 16_384).default(20),
  storageGiBMax: whole(22, 65_536).default(200),
  multiAz: flag().default(true),
  backupDays: whole(1, 35).default(14),
}).superRefine(({ storageGiB, storageGiBMax }, context) => {
  // RDS refuses a ceiling that is less than a tenth above what is allocated.
  const min = Math.ceil((storageGiB * 11) / 10)
  if (storageGiBMax >= min) return
  const allowed = `at least ${min}, a tenth above storageGiB`
  refuse(context, ['storageGiBMax'], { value: storageGiBMax, allowed })
})

export const StreamingSettings = group({
  heartbeatSeconds: whole(1, 60).default(15),
  idleSeconds: whole(2, 3600).default(120),
  streamSecondsMax: whole(1, 3600).default(840),
  drainSeconds: whole(0, 3600).default(900),
  stopSeconds: whole(20, 120).default(120),
  drainCutsStreams: flag().default(false),
}).superRefine((input, context) => {
  for (const { setting, allowed } of contradictionsOf(input)) {
    refuse(context, [setting], { value: input[setting], allowed })
  }
})
