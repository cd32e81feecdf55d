import { z } from 'zod'
import { LOG_LEVELS } from './log.ts'
import { authFaults, authVariables, isNeededSecret } from './auth/settings.ts'
import { QUOTAS_DEFAULT, Quotas } from './chatkit/quotas.ts'
import { flag, mustBe, oneOf, text, toJson, whole } from './variables.ts'

const seconds = (initial: number, max: number) => whole(1, max).prefault(String(initial))
const count = (initial: number, min: number, max: number) =>
  whole(min, max).prefault(String(initial))
const MEBIBYTE = 1024 * 1024

const orOrigins = mustBe('origins like https://app.example.com, separated by commas')

const Origins = z.string({ error: orOrigins }).transform((value, context) => {
  const origins = value.split(',').map((part) => part.trim())
  const wrong = origins.filter((origin) => !isOrigin(origin))
  for (const input of wrong) context.addIssue(orOrigins({ input }))
  return origins
})

const PostgresUrl = text.refine(
  (value) => /^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? ''),
  'must be like postgres://user:password@host:5432/database',
)

const HttpUrl = text.refine(
  (value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''),
  'must be an http or https address',
)

// What the model can be told: images, PDF and texts, also those whose types are not `text/…`.
const ATTACHMENT_TYPES_DEFAULT =
  'image/*,application/pdf,text/*,application/json,application/xml,application/yaml'

const orMediaTypes = mustBe('media types like application/pdf or image/*, separated by commas')

const MediaTypes = z
  .string()
  .default(ATTACHMENT_TYPES_DEFAULT)
  .transform((value, context) => {
    const types = value.split(',').map((part) => part.trim().toLowerCase())
    const wrong = types.filter((type) => !/^[\w.+-]+\/([\w.+-]+|\*)$/.test(type))
    for (const input of wrong) context.addIssue(orMediaTypes({ input }))
    return types
  })

const DAYS_MAX = 36_500
const orDays = { error: mustBe(`a whole number of days from 1 to ${DAYS_MAX}`) }
const Days = z.int(orDays).min(1, orDays).max(DAYS_MAX, orDays)
const DaysByName = z.record(z.string(), Days, {
  error: mustBe('days by organisation, such as {"acme":30}'),
})

/** Every variable that the service reads, what it may be, and what it is for. */
export const Environment = z.object({
  NODE_ENV: oneOf(['development', 'production'])
    .default('development')
    .describe('`production` demands verified TLS to the database'),
  PORT: count(8080, 0, 65_535).describe('port to listen on'),
  HOST: text.default('0.0.0.0').describe('address to listen on'),
  FRONTEND_URL: Origins.describe('origins of the frontends, separated by commas'),
  DATABASE_URL: PostgresUrl.optional().describe('the Postgres database'),
  DATABASE_SECRET_ID: text
    .optional()
    .describe('instead of `DATABASE_URL`: the Secrets Manager secret that RDS keeps'),
  DATABASE_CONNECTIONS_MAX: count(10, 2, 200).describe('connections of this process'),
  ...authVariables,
  OPENAI_API_KEY: text.optional().describe('key of the model’s provider'),
  OPENAI_API_KEY_SECRET_ID: text
    .optional()
    .describe('instead of `OPENAI_API_KEY`: the Secrets Manager secret that holds it'),
  OPENAI_BASE_URL: HttpUrl.optional().describe('another provider with the Responses API'),
  OPENAI_MODEL: text.default('gpt-5-mini').describe('the model that answers'),
  OPENAI_TRANSCRIPTION_MODEL: text
    .default('gpt-4o-mini-transcribe')
    .describe('the model that turns speech into text'),
  ATTACHMENTS_BUCKET: text.optional().describe('the S3 bucket that keeps attachments, if any'),
  ATTACHMENTS_FOLDER: text
    .optional()
    .describe('instead of `ATTACHMENTS_BUCKET`, with `npm start` alone: a folder'),
  ATTACHMENT_BYTES_MAX: count(20_971_520, 1, 1_073_741_824).describe('the largest attachment'),
  ATTACHMENT_TYPES: MediaTypes.describe('media types of attachments, separated by commas'),
  MODEL_SILENCE_SECONDS: seconds(45, 600).describe('silence of the model that ends an answer'),
  ALLOW_CANCEL: flag('true').describe('whether users may stop an answer'),
  DETACHED_SECONDS: seconds(10, 600).describe(
    'how long an answer that users may stop goes on when nobody listens',
  ),
  LIVE_RUNS_MAX: count(300, 1, 10_000).describe('answers at a time in this process'),
  REQUESTS_AT_ONCE_MAX: count(60, 1, 10_000).describe(
    'requests of one user at a time in this process, streams among them',
  ),
  QUOTAS: text
    .default(QUOTAS_DEFAULT)
    .transform(toJson(QUOTAS_DEFAULT))
    .pipe(Quotas)
    .describe('limits by plan, see [Limits](service/README.md#limits)'),
  RETENTION_DAYS: whole(1, DAYS_MAX)
    .optional()
    .describe('if set, conversations without a change for so many days are deleted'),
  RETENTION: text
    .default('{}')
    .transform(toJson('{"acme":30}'))
    .pipe(DaysByName)
    .describe('the same for single organisations, such as `{"acme":30}`'),
  HEARTBEAT_SECONDS: seconds(15, 300).describe('silence on a stream before a ping'),
  STREAM_SECONDS_MAX: seconds(840, 3_600).describe('the longest answer'),
  DICTATION_BYTES_MAX: count(4 * MEBIBYTE, MEBIBYTE, 32 * MEBIBYTE).describe(
    'size of a request with speech; all others may have 1 MiB',
  ),
  KEEP_ALIVE_SECONDS: seconds(125, 4_000).describe(
    'how long an idle connection stays open: longer than the balancer’s idle time-out',
  ),
  HEADERS_TIMEOUT_SECONDS: seconds(60, 600).describe(
    'time for the headers of a request, within the time for all of it',
  ),
  REQUEST_TIMEOUT_SECONDS: seconds(60, 600).describe('time for a whole request to arrive'),
  SHUTDOWN_SECONDS: seconds(110, 3_600).describe('time for live answers to end after SIGTERM'),
  METRICS_SERVICE: text
    .optional()
    .describe('if set, metrics of this name go to standard output, for CloudWatch'),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info').describe('the least that is logged'),
})

export type Config = Readonly<z.infer<typeof Environment>>

// Of each pair exactly one must be there.
const ALTERNATIVES = [
  ['DATABASE_URL', 'DATABASE_SECRET_ID'],
  ['JWT_SECRET', 'JWT_SECRET_SECRET_ID'],
  ['GATEWAY_SECRET', 'GATEWAY_SECRET_SECRET_ID'],
  ['OPENAI_API_KEY', 'OPENAI_API_KEY_SECRET_ID'],
] as const

/** The environment of this process as it is: for those who start other processes. */
export function currentEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

/** Sets what the environment of this process does not have yet, not even as an empty text. */
export function completeEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value
}

/** What the environment lacks, or has wrong: all of it in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(faults: readonly string[]) {
    super(
      `The environment is not as it must be:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
  }
}

export interface ConfigNeeds {
  /** @default true - false where another model than a provider's answers */
  readonly modelKey?: boolean
}

/**
 * The configuration of this process from its environment. An empty variable counts as absent.
 *
 * @throws ConfigError that names every fault at once. It never quotes a secret.
 */
export function loadConfig(
  needs: ConfigNeeds = {},
  environment: Readonly<Record<string, string | undefined>> = currentEnvironment(),
): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value))
  const result = Environment.safeParse(present)
  const faults = result.success ? [] : result.error.issues.map(describe)
  for (const [plain, secret] of ALTERNATIVES) {
    const isNeeded =
      plain === 'OPENAI_API_KEY' ? (needs.modelKey ?? true) : isNeededSecret(plain, present)
    if (isNeeded && !present[plain] && !present[secret]) {
      faults.push(`${plain} is missing; set it, or ${secret}`)
    }
    if (present[plain] && present[secret]) faults.push(`${plain} and ${secret} exclude each other`)
  }
  faults.push(...authFaults(present), ...attachmentFaults(present))
  if (!result.success || faults.length > 0) throw new ConfigError(faults)
  return result.data
}

function attachmentFaults(present: Readonly<Record<string, unknown>>): readonly string[] {
  if (!present['ATTACHMENTS_FOLDER']) return []
  const faults: string[] = []
  if (present['ATTACHMENTS_BUCKET']) {
    faults.push('ATTACHMENTS_BUCKET and ATTACHMENTS_FOLDER exclude each other')
  }
  // Several tasks share no folder, and only a local start has the routes that serve it.
  if (present['NODE_ENV'] === 'production') {
    faults.push('ATTACHMENTS_FOLDER is for local use; set ATTACHMENTS_BUCKET')
  }
  // The addresses of local uploads are signed with a key that is derived from it.
  if (!present['JWT_SECRET']) faults.push('ATTACHMENTS_FOLDER needs JWT_SECRET')
  return faults
}

function describe(issue: z.core.$ZodIssue): string {
  const name = issue.path.map(String).join('.')
  return `${name}: ${issue.message}`
}

function isOrigin(value: string): boolean {
  const url = URL.parse(value)
  // A browser never sends an asterisk, so one would not mean what it seems to.
  return url?.origin === value && /^https?:$/.test(url.protocol) && !value.includes('*')
}
