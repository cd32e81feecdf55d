import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOCAL_ROLE, ensureCluster } from './postgres-cluster.ts'
import { LocalPostgresError } from './postgres-error.ts'
import { findPlace } from './postgres-place.ts'
import type { Place } from './postgres-place.ts'
import { claimCluster, inUse } from './postgres-running.ts'
import { launchServer } from './postgres-server.ts'

export { LocalPostgresError } from './postgres-error.ts'

const LOOPBACK = '127.0.0.1'
const START_ATTEMPTS = 5
const RETRY_DELAY_MS = 300

export interface LocalPostgresOptions {
  /** Belongs to the database alone. Created when it is not there. */
  readonly dataFolder: string
  /** @default a free one */
  readonly port?: number
  readonly log?: (line: string) => void
  /** @default true - false is faster and loses the database with the power, so for tests only */
  readonly durable?: boolean
}

export interface LocalPostgres extends AsyncDisposable {
  /** Connects as the superuser, so it is a secret. */
  readonly url: string
  readonly port: number
  /** Ends every connection and resolves when the server is gone. Harmless when repeated. */
  stop(): Promise<void>
}

/**
 * Runs a Postgres of its own, on this machine only, and keeps its data for the next start.
 *
 * It lives as long as this process, whichever way that ends; until then only `stop` ends it. In
 * particular Ctrl-C does not reach it, so that a service can still save its work. Every failure is
 * a `LocalPostgresError` that tells what to do. As root, the data may be kept elsewhere: see
 * `findPlace`.
 */
export async function startPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  try {
    return await startIn(options)
  } catch (cause) {
    if (cause instanceof LocalPostgresError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new LocalPostgresError(
      `The database in ${options.dataFolder} could not be started: ${reason}`,
      { cause },
    )
  }
}

async function startIn(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const log = options.log ?? (() => undefined)
  const place = await findPlace(options.dataFolder, log)
  const durable = options.durable ?? true
  const password = await ensureCluster(place, durable)
  await claimCluster(place)
  const { port, stop } = await start(place, { port: options.port, durable, log })
  return {
    url: `postgres://${LOCAL_ROLE}:${password}@${LOOPBACK}:${port}/postgres`,
    port,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface StartOptions {
  readonly port: number | undefined
  readonly durable: boolean
  readonly log: (line: string) => void
}

interface Running {
  readonly port: number
  readonly stop: () => Promise<void>
}

async function start(place: Place, options: StartOptions): Promise<Running> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort())
    const launch = await launchServer(place, { ...options, port })
    if (launch.kind === 'running') return { port, stop: launch.stop }
    // The last processes of a killed server hold its memory for a moment, and somebody else may
    // take a free port before we do.
    const passing =
      launch.problem.includes('shared memory block') ||
      (launch.problem.includes('could not bind') && options.port === undefined)
    if (!passing || attempt === START_ATTEMPTS) throw explain(launch.problem, place, port)
    await sleep(RETRY_DELAY_MS)
  }
}

function explain(problem: string, place: Place, port: number): LocalPostgresError {
  const pid = Number(/\(PID (\d+)\)/.exec(problem)?.[1])
  if (problem.includes('postmaster.pid') && pid > 0) return inUse(place, pid)
  if (problem.includes('could not bind')) {
    return new LocalPostgresError(`Port ${port} is in use by another program.`)
  }
  return new LocalPostgresError(`Postgres did not start in ${place.home}:\n${problem}`)
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, LOOPBACK, () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
