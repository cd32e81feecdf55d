import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { currentEnvironment } from '../config.ts'

const DEFAULT_FOLDER = join(import.meta.dirname, '..', '..', '.local')
const ENV_FILE = '.env' // of the working directory, which npm makes the one of the project
const PORT = 8080
const SECRET_BYTES = 48
const OWNER_ONLY = 0o600

/** Reads `.env`, if there is one. A variable that is set already stays as it is. */
export function loadEnvFile(): void {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
}

/**
 * Where `npm start` keeps the database, the key of the tokens and the log: `LOCAL_FOLDER`, or
 * `.local` in the project, which git ignores.
 */
export function localFolder(): string {
  return resolve(currentEnvironment()['LOCAL_FOLDER'] || DEFAULT_FOLDER)
}

/**
 * The environment of a local start: what is set, and for the rest values that need no thought. The
 * key of the tokens is random and kept, so that a token is still good after a restart.
 */
export function localEnvironment(): Record<string, string> {
  const given = Object.fromEntries(
    Object.entries(currentEnvironment()).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  )
  const port = given['PORT'] ?? String(PORT)
  return {
    HOST: '127.0.0.1',
    FRONTEND_URL: `http://localhost:${port}`,
    SHUTDOWN_SECONDS: '3',
    ...(given['JWT_SECRET'] === undefined ? { JWT_SECRET: keptSecret() } : {}),
    ...(given['ATTACHMENTS_BUCKET'] === undefined
      ? { ATTACHMENTS_FOLDER: join(localFolder(), 'attachments') }
      : {}),
    ...given,
    PORT: port,
  }
}

/** Whether no key of a model's provider is set, so that the demo model has to answer. */
export function isDemo(environment: Readonly<Record<string, string>>): boolean {
  return !environment['OPENAI_API_KEY'] && !environment['OPENAI_API_KEY_SECRET_ID']
}

function keptSecret(): string {
  const folder = localFolder()
  const file = join(folder, 'jwt-secret')
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, randomBytes(SECRET_BYTES).toString('base64url'), {
      mode: OWNER_ONLY,
      flag: 'wx',
    })
  }
  return readFileSync(file, 'utf8')
}

/** What a token for local use has to claim beside its user. */
export function demandedClaims(environment: Readonly<Record<string, string>>) {
  return { issuer: environment['JWT_ISSUER'], audience: environment['JWT_AUDIENCE'] }
}
