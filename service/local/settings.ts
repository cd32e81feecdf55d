import { randomBytes } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { completeEnvironment, currentEnvironment } from '../config.ts'
import { LocalError, reasonOf, withFiles } from './local-error.ts'
import { systemCode } from './postgres-error.ts'

const DEFAULT_FOLDER = join(import.meta.dirname, '..', '..', '.local')
const ENV_FILE = '.env' // of the working directory, which npm makes the one of the project
const ATTACHMENTS = 'attachments'
const PORT = 8080
const SECRET_BYTES = 48
const OWNER_ONLY = 0o600

/** Reads `.env`, if there is one. A variable that is set already stays as it is. */
export function loadEnvFile(): void {
  if (!existsSync(ENV_FILE)) return
  const content = withFiles(`The file ${ENV_FILE} cannot be read`, () => readFileSync(ENV_FILE))
  completeEnvironment(parseEnv(textOf(content)))
}

/** Editors of Windows put a byte order mark before a text, or write it as UTF-16. */
function textOf(content: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content)
    if (!text.includes('\0')) return text
  } catch {
    // said below
  }
  throw new LocalError(`The file ${ENV_FILE} is no text in UTF-8; save it as one.`)
}

/**
 * Where `npm start` keeps the database, the key of the tokens and the log: `LOCAL_FOLDER`, or
 * `.local` in the project, which git ignores.
 */
export function localFolder(): string {
  return resolve(currentEnvironment()['LOCAL_FOLDER'] || DEFAULT_FOLDER)
}

/** Makes that folder and what is in it, or says why nothing can be kept there. */
export function makeLocalFolder(): void {
  const folder = localFolder()
  try {
    mkdirSync(join(folder, ATTACHMENTS), { recursive: true })
  } catch (cause) {
    // On a disk that is read-only, Node says ENOENT of what it could not make.
    const isMissing = systemCode(cause) === 'ENOENT'
    const reason = isMissing ? 'no folder can be made there' : reasonOf(cause)
    throw new LocalError(
      `Nothing can be kept in ${folder}: ${reason}. LOCAL_FOLDER can name another folder.`,
      { cause },
    )
  }
}

/**
 * The environment of a local start: what is set, and for the rest values that need no thought. The
 * key of the tokens is random and kept, so that a token is still good after a restart.
 */
export function localEnvironment(): Record<string, string> {
  const given = Object.fromEntries(
    Object.entries(currentEnvironment()).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  )
  const port = (given['PORT'] ?? String(PORT)).trim()
  return {
    HOST: '127.0.0.1',
    FRONTEND_URL: `http://localhost:${port}`,
    SHUTDOWN_SECONDS: '3',
    ...(given['JWT_SECRET'] === undefined ? { JWT_SECRET: keptSecret() } : {}),
    ...(given['ATTACHMENTS_BUCKET'] === undefined
      ? { ATTACHMENTS_FOLDER: join(localFolder(), ATTACHMENTS) }
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
  const file = join(localFolder(), 'jwt-secret')
  return withFiles(`The key of the tokens cannot be kept in ${file}`, () => {
    const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
    if (kept) return kept
    makeLocalFolder()
    return makeSecret(file, kept === undefined)
  })
}

/** Named when complete, so that one cut off by a full disk or a lost process is never used. */
function makeSecret(file: string, isFirst: boolean): string {
  const draft = `${file}.new-${process.pid}`
  try {
    writeFileSync(draft, randomBytes(SECRET_BYTES).toString('base64url'), {
      mode: OWNER_ONLY,
      flush: true,
    })
    // A link replaces nothing: two first starts at one time agree on the same key.
    if (isFirst) linkSync(draft, file)
    else renameSync(draft, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(file, 'utf8')
}

/** What a token for local use has to claim beside its user. */
export function demandedClaims(environment: Readonly<Record<string, string>>) {
  return { issuer: environment['JWT_ISSUER'], audience: environment['JWT_AUDIENCE'] }
}
