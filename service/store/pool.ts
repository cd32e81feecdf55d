import { Pool, TypeOverrides, types } from 'pg'
import type { PoolConfig, QueryConfig, QueryResult } from 'pg'
import { ServiceError } from '../errors.ts'
import type { DatabaseConnection, PasswordChoice } from './connection.ts'
import { FairShare } from './fair-share.ts'

const CONNECT_TIMEOUT_MS = 2_000
const QUERY_TIMEOUT_MS = 5_000
const PROBE_TIMEOUT_MS = 1_000
const IDLE_TIMEOUT_MS = 30_000
/** What the statements of one user may have of the connections. */
const USER_SHARE = 0.5
const CONNECTION_LIFETIME_SECONDS = 1_800

// Codes of a server that is there but cannot work now, of a connection that broke, and of a
// statement that lost against another one: the same may succeed a little later.
// https://www.postgresql.org/docs/18/errcodes-appendix.html
const UNAVAILABLE_SQLSTATES = /^(08|40|53|57|58|25006)/
const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])
const UNAVAILABLE_MESSAGES =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed)/

export interface DatabaseOptions {
  readonly connection: PoolConfig & Pick<DatabaseConnection, 'passwords'>
  readonly connectionsMax: number
  /** Told of a connection that broke while nobody used it. */
  readonly onIdleError: (error: Error) => void
}

export interface Statement extends QueryConfig {
  /** @default QUERY_TIMEOUT_MS - shorter where somebody waits for a refusal */
  readonly query_timeout?: number
}

/** The door to Postgres: every statement has a name, a time limit and parameters. */
export class Database {
  readonly #pool: Pool
  readonly #passwords: PasswordChoice | undefined
  readonly #share: FairShare

  constructor(options: DatabaseOptions) {
    const { passwords, ...connection } = options.connection
    this.#passwords = passwords
    const userMax = Math.max(1, Math.floor(options.connectionsMax * USER_SHARE))
    this.#share = new FairShare({ userMax, waitMs: CONNECT_TIMEOUT_MS })
    this.#pool = new Pool({
      ...connection,
      max: options.connectionsMax,
      application_name: 'chatkit-service',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      statement_timeout: QUERY_TIMEOUT_MS,
      idle_in_transaction_session_timeout: QUERY_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      maxLifetimeSeconds: CONNECTION_LIFETIME_SECONDS,
      keepAlive: true,
      types: numbersAsNumbers(),
    })
    // Without a listener, a broken idle connection would end the process.
    this.#pool.on('error', options.onIdleError)
  }

  /**
   * Runs one statement, which is a transaction of its own.
   *
   * @throws ServiceError `database_unavailable` when Postgres cannot be reached or does not answer.
   */
  async run(statement: Statement): Promise<QueryResult> {
    return await this.#share.run(() => this.#run(statement))
  }

  async #run(statement: Statement): Promise<QueryResult> {
    try {
      return await this.#query(statement)
    } catch (error) {
      throw isUnavailable(error)
        ? new ServiceError('database_unavailable', { cause: error })
        : new StatementError(`the statement ${statement.name ?? ''} failed`, { cause: error })
    }
  }

  async #query(statement: Statement): Promise<QueryResult> {
    const changes = this.#passwords?.changes() ?? 0
    try {
      return await this.#pool.query(statement)
    } catch (error) {
      if (!this.#passwords || !isPasswordRefused(error)) throw error
      // There was no connection, so nothing was done: it can be tried again with another password.
      await this.#passwords.onRefused(changes)
      return await this.#pool.query(statement)
    }
  }

  /** Whether Postgres answers, and at once. */
  async isReachable(): Promise<boolean> {
    try {
      const probe: Statement = { text: 'select 1', query_timeout: PROBE_TIMEOUT_MS }
      await this.#pool.query(probe)
      return true
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}

/** A statement that Postgres refused; its `cause` has the code. */
export class StatementError extends Error {
  override readonly name = 'StatementError'
}

/** https://www.postgresql.org/docs/18/errcodes-appendix.html: invalid_password */
function isPasswordRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '28P01'
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    UNAVAILABLE_CODES.has(code) ||
    UNAVAILABLE_SQLSTATES.test(code) ||
    UNAVAILABLE_MESSAGES.test(error.message)
  )
}

/** Sequence numbers and counts stay far below 2^53, so they are numbers here. */
function numbersAsNumbers(): TypeOverrides {
  const overrides = new TypeOverrides()
  overrides.setTypeParser(types.builtins.INT8, Number)
  return overrides
}
