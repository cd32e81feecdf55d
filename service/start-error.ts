import { ZodError } from 'zod'

/**
 * Why the service cannot start, in words that are safe to log: none is of somebody else. What it
 * failed on is its `cause`.
 */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Works with the database at start-up, and says of a failure what to look at. */
export async function withDatabase<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    const fault = databaseFault(cause)
    throw fault === undefined ? cause : new StartError(fault, { cause })
  }
}

/** Listens, and says of a failure what to look at. */
export async function withAddress<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    const fault = addressFaults[codeOf(cause)]
    throw fault === undefined ? cause : new StartError(fault, { cause })
  }
}

const NO_HOST = 'The host of the database (DATABASE_URL or DATABASE_SECRET_ID) has no address.'
const NO_ANSWER =
  'No Postgres answers where DATABASE_URL or DATABASE_SECRET_ID says; look at host, port and firewall.'
const NO_LOGIN = 'Postgres refuses the user or the password of DATABASE_URL or DATABASE_SECRET_ID.'
const NO_RIGHTS =
  'The user of the database may not create tables in its schema; grant that, or make it the owner.'
const READ_ONLY =
  'The database is read-only; it must be the primary, without default_transaction_read_only.'
const NO_TLS = 'The database offers no TLS, and the service demands it there.'
const NO_TRUST =
  'The certificate of the database is not one of RDS for its host, and no other is trusted.'

const databaseFaults: Readonly<Record<string, string>> = {
  ENOTFOUND: NO_HOST,
  EAI_AGAIN: NO_HOST,
  ECONNREFUSED: NO_ANSWER,
  ECONNRESET: NO_ANSWER,
  EHOSTUNREACH: NO_ANSWER,
  ENETUNREACH: NO_ANSWER,
  ETIMEDOUT: NO_ANSWER,
  '28000': NO_LOGIN,
  '28P01': NO_LOGIN,
  '3D000': 'There is no database of that name; create it, or correct the name.',
  '42501': NO_RIGHTS,
  '25006': READ_ONLY,
  '53100': 'The disk of the database is full.',
  '53300': 'The database has no connection left; raise max_connections, or start fewer processes.',
  '57P03': 'The database is starting or stopping; try again.',
}

// What comes without a code: of pg itself, and of the library for migrations.
const texts: readonly (readonly [RegExp, string])[] = [
  [/does not support SSL/, NO_TLS],
  [/timeout expired|Connection terminated/, NO_ANSWER],
  [/permission denied|must be owner/, NO_RIGHTS],
  [/read-only transaction/, READ_ONLY],
]

const addressFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens on PORT.',
  EACCES: 'This user may not listen on PORT; choose one above 1023.',
  EADDRNOTAVAIL: 'HOST is no address of this machine.',
  ENOTFOUND: 'HOST is no address of this machine.',
  EAI_AGAIN: 'HOST is no address of this machine.',
}

function databaseFault(error: unknown): string | undefined {
  // Of the secret, which is read first. The words of both kinds of errors may quote it.
  if (error instanceof SyntaxError || error instanceof ZodError) {
    return (
      'The secret of DATABASE_SECRET_ID is not as RDS keeps it: ' +
      'JSON with host, port, dbname, username and password.'
    )
  }
  const code = codeOf(error)
  const known = databaseFaults[code]
  if (known !== undefined) return known
  if (/CERT|SIGNATURE/.test(code)) return NO_TRUST
  const message = error instanceof Error ? error.message : ''
  return texts.find(([pattern]) => pattern.test(message))?.[1]
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}
