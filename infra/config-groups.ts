import { z } from 'zod'
import { serverUrl } from './config-auth.ts'
import { flag, group, namedTexts, oneOf, refuse, text, whole } from './config-fields.ts'
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
const LOG_DAYS = [7, 14, 30, 90, 180, 365, 731] as const

const IMAGE = /^[a-z0-9][\w.:/-]*(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/
const VARIABLE_NAME = /^[A-Z][A-Z0-9_]{0,63}$/
const SECRET_ID_NAME = /^[A-Z][A-Z0-9_]{0,53}_SECRET_ID$/
const SECRET_ID =
  /^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,190}-[A-Za-z0-9]{6}|[\w/+=.@-]{1,200})$/
const SECRETS_MAX = 20
/** Names of variables whose values nobody but the service should know. */
const SECRET_NAME = /(^|_)(SECRET|KEY|PASSWORD|TOKEN|CREDENTIALS?)$/
const LOOKS_SECRET = /\bsk-[\w-]{8,}|-----BEGIN|\bAKIA[A-Z0-9]{16}\b/

const Tasks = group({
  min: whole(2, TASKS_MAX),
  max: whole(2, TASKS_MAX),
}).superRefine(({ min, max }, context) => {
  if (max < min) refuse(context, ['max'], { value: max, allowed: `at least min (${min})` })
})

const Variables = namedTexts({
  names: { pattern: VARIABLE_NAME, allowed: 'the name of a variable, in capitals' },
  values: z.string({ error: 'text; numbers and flags go in quotation marks' }),
  allowed: 'variables of your own code with their values, such as { CRM_URL: "https://…" }',
}).superRefine((variables, context) => {
  for (const [name, value] of Object.entries(variables)) {
    if (!LOOKS_SECRET.test(value) && !SECRET_NAME.test(name)) continue
    const allowed =
      'kept in Secrets Manager, and its name in service.secrets: whoever may describe a task reads its variables'
    refuse(context, [name], { value: 'a secret, as it looks', allowed })
  }
})

const SecretIds = namedTexts({
  names: { pattern: SECRET_ID_NAME, allowed: 'the name of a variable that ends in _SECRET_ID' },
  values: text(SECRET_ID, 'the name or the whole ARN of a secret in Secrets Manager'),
  allowed: 'variables with the secrets that they name, such as { CRM_SECRET_ID: "crm/prod" }',
}).refine((ids) => Object.keys(ids).length <= SECRETS_MAX, {
  error: `at most ${SECRETS_MAX} secrets`,
})

const model = () => text(/^[\w.:/-]{1,100}$/, 'the name of a model').optional()

export const ServiceSettings = group({
  architecture: oneOf(['arm64', 'x86_64']).default('arm64'),
  cpu: oneOf([512, 1024, 2048, 4096]).default(1024),
  memoryMiB: whole(1024, 30_720).default(2048),
  tasks: Tasks.prefault({ min: 2, max: 10 }),
  liveRunsMax: whole(10, 10_000).default(300),
  requestsAtOnceMax: whole(1, 10_000).optional(),
  image: group({
    uri: text(IMAGE, 'an image with a digest, or a tag that is not latest'),
  }).optional(),
  logDays: oneOf(LOG_DAYS).default(365),
  logLevel: oneOf(['debug', 'info', 'warn', 'error']).optional(),
  openAiModel: model(),
  openAiTranscriptionModel: model(),
  openAiBaseUrl: serverUrl('https://models.example.com/v1').optional(),
  modelSilenceSeconds: whole(1, 600).optional(),
  allowCancel: flag().optional(),
  detachedSeconds: whole(1, 600).optional(),
  dictationMebibytesMax: whole(1, 32).optional(),
  databaseConnectionsMax: whole(2, 200).default(10),
  variables: Variables,
  secrets: SecretIds,
}).superRefine(({ cpu, memoryMiB, allowCancel, detachedSeconds }, context) => {
  if (allowCancel === false && detachedSeconds !== undefined) {
    const allowed = 'left out, as service.allowCancel is false: answers then go on to their end'
    refuse(context, ['detachedSeconds'], { value: detachedSeconds, allowed })
  }
  const { min, max } = MEMORY_MIB[cpu]
  if (memoryMiB >= min && memoryMiB <= max && memoryMiB % MEMORY_STEP_MIB === 0) return
  const allowed = `from ${min} to ${max} in steps of ${MEMORY_STEP_MIB}, for cpu ${cpu}`
  refuse(context, ['memoryMiB'], { value: memoryMiB, allowed })
})

export const FirewallSettings = group({
  enabled: flag().default(true),
  // Counted for each address, and a whole office may share one.
  requestsPerFiveMinutes: whole(100, 1_000_000).default(3000),
})

const EMAIL = /^[^\s@]+@[^\s@]+\.[a-z]{2,63}$/i

export const AlarmSettings = group({
  email: text(EMAIL, 'an e-mail address, such as on-call@example.com').optional(),
  monthlyBudgetUsd: whole(1, 1_000_000).default(500),
})

const ROTATION_DAYS_MAX = 365
const DAY_SECONDS = 86_400

export const SecretSettings = group({
  jwtRotationDays: whole(7, ROTATION_DAYS_MAX).default(90),
  gatewayRotationDays: whole(7, ROTATION_DAYS_MAX).optional(),
  // How long the secret before a rotation stays valid.
  overlapSeconds: whole(0, 30 * DAY_SECONDS).default(DAY_SECONDS),
  databaseRotationDays: whole(1, ROTATION_DAYS_MAX).default(30),
}).superRefine(({ overlapSeconds, ...days }, context) => {
  for (const name of ['jwtRotationDays', 'gatewayRotationDays'] as const) {
    const min = Math.floor(overlapSeconds / DAY_SECONDS) + 1
    if ((days[name] ?? Infinity) >= min) continue
    const allowed = `at least ${min}: secrets.overlapSeconds would last beyond the next rotation`
    refuse(context, [name], { value: days[name], allowed })
  }
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
