import { OpenAIProvider, Runner } from '@openai/agents'
import type { ModelProvider } from '@openai/agents'
import type { FastifyInstance } from 'fastify'
import { OpenAI } from 'openai'
import { author } from './agent/author.ts'
import { assembleAuth } from './assemble-auth.ts'
import { answersInImages } from './bridge/answers-in-images.ts'
import { authoredApplication } from './bridge/authored-application.ts'
import { transcriber } from './bridge/transcriber.ts'
import { answer } from './chatkit/answer.ts'
import { auditAnswers } from './chatkit/audit.ts'
import { quotaFor, requestCounter } from './chatkit/quotas.ts'
import { directUploads } from './chatkit/upload-attachment.ts'
import type { Config } from './config.ts'
import { BODY_BYTES_MAX } from './http/limits.ts'
import { closeServer, createServer } from './http/server.ts'
import { createLog } from './log.ts'
import type { Logger } from './log.ts'
import type { AttachmentFiles } from './protocol/attachment-files.ts'
import type { Author } from './protocol/author.ts'
import type { ChatApplication } from './protocol/chat.ts'
import { FileSweeper } from './runs/file-sweeper.ts'
import { Runs } from './runs/runs.ts'
import { SecretsManagerSource } from './secrets/secret-source.ts'
import type { SecretSource } from './secrets/secret-source.ts'
import { withDatabase } from './start-error.ts'
import type { AttachmentKeeping } from './store/attachments.ts'
import { toConnection } from './store/connection.ts'
import { FolderFiles } from './store/files/folder-files.ts'
import { S3Files } from './store/files/s3-files.ts'
import { onBehalfOf } from './store/fair-share.ts'
import { migrate } from './store/migrate.ts'
import { Database } from './store/pool.ts'
import { createStore } from './store/store.ts'
import { createMeter } from './telemetry.ts'

/** For answers that have ended but not left: their readers are slow. */
const LAST_WORDS_MS = 2_000
const LIFELINE_CONNECTIONS = 1
const UPSTREAM_RETRIES_MAX = 2
const UPSTREAM_TIMEOUT_MS = 600_000

/** What may be put in the place of a part that production has. */
export interface Replacements {
  /** @default the provider that `OPENAI_API_KEY` and `OPENAI_BASE_URL` name */
  readonly modelProvider?: ModelProvider
  /** @default the one of `service/agent/` */
  readonly author?: Author
  /** @default what the author has written */
  readonly application?: ChatApplication
  /** @default AWS Secrets Manager */
  readonly secrets?: SecretSource
  /** @default what `ATTACHMENTS_BUCKET` or `ATTACHMENTS_FOLDER` names; attachments need one */
  readonly attachmentFiles?: AttachmentFiles
  /** @default one on standard output, at `LOG_LEVEL` */
  readonly log?: Logger
}

/** The whole service, put together and with its database up to date, but not yet listening. */
export interface Service {
  readonly app: FastifyInstance
  readonly log: Logger
  /**
   * Lets live answers end, for as long as the configuration allows, and closes everything. Asked
   * again, it is the same stop.
   */
  stop(): Promise<void>
}

/** Brings the database up to this version and does nothing else: the step before a new version. */
export async function migrateDatabase(config: Config): Promise<void> {
  const log = createLog(config.LOG_LEVEL)
  const secrets = new SecretsManagerSource()
  await withDatabase(async () => {
    await migrate(await toConnection(databaseLocation(config, secrets)), log)
  })
  log.info('the database is up to date')
}

/**
 * The whole service of a configuration, ready to listen: secrets asked for, the database connected
 * and up to date, every part in its place. What it opened, `stop` closes.
 */
export async function assemble(config: Config, replacements: Replacements = {}): Promise<Service> {
  const log = replacements.log ?? createLog(config.LOG_LEVEL)
  const secrets = replacements.secrets ?? new SecretsManagerSource()
  const auth = await assembleAuth(config, { secrets, log })
  const connection = await withDatabase(() => toConnection(databaseLocation(config, secrets)))
  await withDatabase(() => migrate(connection, log))
  const onIdleError = (error: Error) => log.warn({ err: error }, 'a database connection broke')
  const connectionsMax = config.DATABASE_CONNECTIONS_MAX - LIFELINE_CONNECTIONS
  const database = new Database({ connection, connectionsMax, onIdleError })
  const lifeline = new Database({ connection, connectionsMax: LIFELINE_CONNECTIONS, onIdleError })
  const keeping = keepingFrom(config, { log, baseUrl: () => localUrl(app), replacements })
  const store = createStore(database, lifeline, keeping)
  const application = replacements.application ?? agentFrom(config, secrets, replacements)
  const meter = createMeter({
    service: config.METRICS_SERVICE,
    liveRuns: () => runs.liveCount,
  })
  const quota = quotaFor(config.QUOTAS)
  const runs: Runs = new Runs({
    store,
    log,
    meter,
    policy: {
      allowCancel: config.ALLOW_CANCEL,
      detachedMs: config.DETACHED_SECONDS * 1_000,
      streamMs: config.STREAM_SECONDS_MAX * 1_000,
      liveRunsMax: config.LIVE_RUNS_MAX,
      quotaFor: quota,
      retention: { days: config.RETENTION_DAYS, byOrg: config.RETENTION },
    },
  })
  const fileSweeper = keeping && new FileSweeper({ attachments: store.attachments, log })
  const demandRequest = requestCounter(store.requests, quota)
  const parts = { store, runs, application, demandRequest, quotaFor: quota }
  const app: FastifyInstance = await createServer({
    cors: auth.cors,
    keepAliveMs: config.KEEP_ALIVE_SECONDS * 1_000,
    headersMs: config.HEADERS_TIMEOUT_SECONDS * 1_000,
    requestMs: config.REQUEST_TIMEOUT_SECONDS * 1_000,
    log,
    onAnswered: auditAnswers({ log, others: store.others }),
    health: {
      isDraining: () => runs.isDraining,
      isDatabaseReachable: () => database.isReachable(),
    },
    chatKit: {
      authenticate: auth.authenticate,
      answer: (request) => onBehalfOf(request.context, () => answer(request, parts)),
      uploads: directUploads(store, demandRequest),
      heartbeatMs: config.HEARTBEAT_SECONDS * 1_000,
      onFirstByte: (milliseconds) => meter.firstByte(milliseconds),
      bodyLimits: {
        bytesMax: BODY_BYTES_MAX,
        dictationBytesMax: config.DICTATION_BYTES_MAX,
      },
      requestsAtOnceMax: config.REQUESTS_AT_ONCE_MAX,
    },
  })
  const close = async () => {
    await runs.drain(config.SHUTDOWN_SECONDS * 1_000)
    await closeServer(app, LAST_WORDS_MS)
    await runs.close()
    meter.close()
    await fileSweeper?.close()
    await database.close()
    await lifeline.close()
  }
  let closed: Promise<void> | undefined
  return { app, log, stop: () => (closed ??= close()) }
}

interface KeepingParts {
  readonly log: Logger
  /** Where this process is reached on its own machine. */
  readonly baseUrl: () => string
  readonly replacements: Replacements
}

function keepingFrom(config: Config, parts: KeepingParts): AttachmentKeeping | undefined {
  const files = parts.replacements.attachmentFiles ?? filesFrom(config, parts.baseUrl)
  return (
    files && {
      files,
      policy: { bytesMax: config.ATTACHMENT_BYTES_MAX, types: config.ATTACHMENT_TYPES },
      onFailure: (error, what) => parts.log.warn({ err: error }, what),
    }
  )
}

/** What keeps the content of attachments, if the configuration names it. */
export function filesFrom(config: Config, baseUrl: () => string): AttachmentFiles | undefined {
  const { ATTACHMENTS_BUCKET: bucket, ATTACHMENTS_FOLDER: folder, JWT_SECRET: secret } = config
  if (bucket !== undefined) return new S3Files(bucket)
  if (folder === undefined || secret === undefined) return undefined
  return new FolderFiles({ folder, secret, baseUrl })
}

function localUrl({ server }: FastifyInstance): string {
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Error('the service does not listen')
  return `http://localhost:${address.port}`
}

/** Where the configuration says that the database is. */
export function databaseLocation(config: Config, secrets: SecretSource) {
  const { DATABASE_URL: url, DATABASE_SECRET_ID: secretId = '' } = config
  if (url === undefined) return { secretId, secrets }
  return { url, isVerified: config.NODE_ENV === 'production' }
}

function agentFrom(
  config: Config,
  secrets: SecretSource,
  replacements: Replacements,
): ChatApplication {
  const openAIClient = openAiFrom(config, secrets)
  const provider =
    replacements.modelProvider ?? new OpenAIProvider({ openAIClient, useResponses: true })
  // Tracing would send every conversation to OpenAI's dashboard, whatever the provider.
  const runner = new Runner({
    modelProvider: answersInImages(provider),
    model: config.OPENAI_MODEL,
    tracingDisabled: true,
    traceIncludeSensitiveData: false,
  })
  const hasKey = Boolean(config.OPENAI_API_KEY ?? config.OPENAI_API_KEY_SECRET_ID)
  return authoredApplication({
    author: replacements.author ?? author,
    runner,
    silenceMs: config.MODEL_SILENCE_SECONDS * 1_000,
    ...(hasKey && { transcribe: transcriber(openAIClient, config.OPENAI_TRANSCRIPTION_MODEL) }),
  })
}

function openAiFrom(config: Config, secrets: SecretSource): OpenAI {
  const { OPENAI_API_KEY: key, OPENAI_API_KEY_SECRET_ID: secretId = '' } = config
  return new OpenAI({
    apiKey: async () => key ?? (await secrets.read(secretId))[0],
    baseURL: config.OPENAI_BASE_URL ?? null,
    maxRetries: UPSTREAM_RETRIES_MAX,
    timeout: UPSTREAM_TIMEOUT_MS,
  })
}
