import type { Environment } from './read-config.ts'

// Every variable of the service stands in one of these two tables.

/** Variables that the stacks set, and what decides their values. */
export const SET_VARIABLES: Readonly<Record<string, string>> = {
  NODE_ENV: 'always production',
  PORT: 'fixed, as the load balancer knows it',
  FRONTEND_URL: 'set by origins',
  DATABASE_SECRET_ID: 'set by the data stack',
  DATABASE_CONNECTIONS_MAX: 'set by service.databaseConnectionsMax',
  AUTH: 'set by auth.patterns',
  JWT_SECRET_SECRET_ID: 'set by the data stack',
  JWT_OVERLAP_SECONDS: 'set by secrets.overlapSeconds',
  JWT_ISSUER: 'set by auth.jwtIssuer',
  JWT_AUDIENCE: 'set by auth.jwtAudience',
  JWKS_URL: 'set by auth.jwksUrl',
  JWKS_ISSUER: 'set by auth.jwksIssuer',
  JWKS_AUDIENCE: 'set by auth.jwksAudience',
  SESSION_URL: 'set by auth.sessionUrl',
  SESSION_COOKIE: 'set by auth.sessionCookie',
  GATEWAY_SECRET_SECRET_ID: 'set by the service stack',
  CLAIMS: 'set by auth.claims',
  OPENAI_API_KEY_SECRET_ID: 'set by the data stack',
  OPENAI_BASE_URL: 'set by service.openAiBaseUrl',
  OPENAI_MODEL: 'set by service.openAiModel',
  OPENAI_TRANSCRIPTION_MODEL: 'set by service.openAiTranscriptionModel',
  ATTACHMENTS_BUCKET: 'set by the data stack',
  ATTACHMENT_BYTES_MAX: 'set by attachments.mebibytesMax',
  ATTACHMENT_TYPES: 'set by attachments.types',
  MODEL_SILENCE_SECONDS: 'set by service.modelSilenceSeconds',
  ALLOW_CANCEL: 'set by service.allowCancel',
  DETACHED_SECONDS: 'set by service.detachedSeconds',
  LIVE_RUNS_MAX: 'set by service.liveRunsMax',
  REQUESTS_AT_ONCE_MAX: 'set by service.requestsAtOnceMax',
  QUOTAS: 'set by quotas',
  RETENTION_DAYS: 'set by retention.days',
  RETENTION: 'set by retention.organisations',
  HEARTBEAT_SECONDS: 'set by streaming',
  STREAM_SECONDS_MAX: 'set by streaming',
  DICTATION_BYTES_MAX: 'set by service.dictationMebibytesMax',
  KEEP_ALIVE_SECONDS: 'set by streaming',
  HEADERS_TIMEOUT_SECONDS: 'set by streaming',
  REQUEST_TIMEOUT_SECONDS: 'set by streaming',
  SHUTDOWN_SECONDS: 'set by streaming',
  METRICS_SERVICE: 'set by name and environment',
  LOG_LEVEL: 'set by service.logLevel',
}

/** Variables that no stack sets, and why. */
export const UNSET_VARIABLES: Readonly<Record<string, string>> = {
  HOST: 'a task listens wherever the load balancer reaches it',
  DATABASE_URL: 'the password rotates, so DATABASE_SECRET_ID says where it is',
  JWT_SECRET:
    'everyone who may describe a task would read it; JWT_SECRET_SECRET_ID says where it is',
  GATEWAY_SECRET:
    'everyone who may describe a task would read it; GATEWAY_SECRET_SECRET_ID says where it is',
  OPENAI_API_KEY:
    'everyone who may describe a task would read it; OPENAI_API_KEY_SECRET_ID says where it is',
  ATTACHMENTS_FOLDER: 'tasks share no folder',
  GATEWAY_CERTIFICATES:
    'the load balancer here verifies no client certificates, so anybody could write the headers',
  DEVELOPMENT_BEYOND_LOOPBACK: 'nobody is believed without proof on AWS',
}

const MEBIBYTE = 2 ** 20

/**
 * What an environment tells its service. Where a setting has been left out its variable is too, and
 * the service has the default: the table of README.md is the only list of those.
 */
export function serviceVariables(settings: Environment): Record<string, string> {
  const { origins, service, secrets, quotas, retention, attachments } = settings
  const organisations = Object.keys(retention.organisations).length > 0
  return present({
    ...service.variables,
    ...authVariables(settings),
    FRONTEND_URL: origins.join(','),
    DATABASE_CONNECTIONS_MAX: service.databaseConnectionsMax,
    JWT_OVERLAP_SECONDS: secrets.overlapSeconds,
    OPENAI_BASE_URL: service.openAiBaseUrl,
    OPENAI_MODEL: service.openAiModel,
    OPENAI_TRANSCRIPTION_MODEL: service.openAiTranscriptionModel,
    ATTACHMENT_BYTES_MAX: bytes(attachments.mebibytesMax),
    ATTACHMENT_TYPES: attachments.types?.join(','),
    MODEL_SILENCE_SECONDS: service.modelSilenceSeconds,
    ALLOW_CANCEL: service.allowCancel,
    DETACHED_SECONDS: service.detachedSeconds,
    LIVE_RUNS_MAX: service.liveRunsMax,
    REQUESTS_AT_ONCE_MAX: service.requestsAtOnceMax,
    QUOTAS: quotas && JSON.stringify(quotas),
    RETENTION_DAYS: retention.days,
    RETENTION: organisations ? JSON.stringify(retention.organisations) : undefined,
    DICTATION_BYTES_MAX: bytes(service.dictationMebibytesMax),
    LOG_LEVEL: service.logLevel,
  })
}

function authVariables({ auth }: Environment) {
  return {
    AUTH: auth.patterns.join(','),
    JWT_ISSUER: auth.jwtIssuer,
    JWT_AUDIENCE: auth.jwtAudience,
    JWKS_URL: auth.jwksUrl,
    JWKS_ISSUER: auth.jwksIssuer,
    JWKS_AUDIENCE: auth.jwksAudience,
    SESSION_URL: auth.sessionUrl,
    SESSION_COOKIE: auth.sessionCookie,
    CLAIMS: auth.claims && JSON.stringify(auth.claims),
  }
}

function bytes(mebibytes: number | undefined): number | undefined {
  return mebibytes === undefined ? undefined : mebibytes * MEBIBYTE
}

function present(
  variables: Readonly<Record<string, string | number | boolean | undefined>>,
): Record<string, string> {
  const entries = Object.entries(variables).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
