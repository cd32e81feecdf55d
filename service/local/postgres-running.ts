import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LocalPostgresError, systemCode } from './postgres-error.ts'
import type { Place } from './postgres-place.ts'

const ORPHAN_EXIT_TIMEOUT_MS = 20_000
const POLL_MS = 50

/** Who started a server, as a setting on its command line: only there can it never be stale. */
export const OWNER_SETTING = 'chatkit.owner'

/**
 * Makes sure that no server uses the cluster, or refuses and names the one that does.
 *
 * A server whose starter was killed is asked to shut down. The pid file of a server that is gone
 * is removed when its number belongs to another program now, which Postgres takes for the server.
 */
export async function claimCluster(place: Place): Promise<void> {
  const pidFile = join(place.cluster, 'postmaster.pid')
  const text = await readFile(pidFile, 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  if (!(pid > 0) || !isAlive(pid)) return // Postgres itself replaces the file of a dead process
  if (process.platform === 'win32') throw inUse(place, pid) // no command lines to look at there
  const found = describe(pid)
  if (!found.command.includes(place.cluster)) {
    await rm(pidFile, { force: true })
    return
  }
  const owner = Number(new RegExp(`${OWNER_SETTING}=(\\d+)`).exec(found.command)?.[1])
  // Without an owner it was started by hand, and is not ours to stop.
  if (!(owner > 0) || owner === found.parent) throw inUse(place, pid, owner)
  await endOrphan(pid, place)
}

/** The refusal of a second start on one folder. */
export function inUse(place: Place, pid: number, owner?: number): LocalPostgresError {
  const starter = owner ? `, started by process ${owner}` : ''
  return new LocalPostgresError(
    `The database in ${place.home} is in use: Postgres runs as process ${pid}${starter}. ` +
      'Stop that one first.',
  )
}

async function endOrphan(pid: number, place: Place): Promise<void> {
  const deadline = Date.now() + ORPHAN_EXIT_TIMEOUT_MS
  process.kill(pid, 'SIGINT') // fast shutdown
  // A dead process that nobody has collected still takes signals, but has no command line.
  while (describe(pid).command.includes(place.cluster)) {
    if (Date.now() > deadline) throw inUse(place, pid)
    await sleep(POLL_MS)
  }
}

/** Whether there is such a process, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

interface Description {
  readonly parent: number
  readonly command: string
}

/** The parent and the command line of a process; its data folder is an argument of a server. */
function describe(pid: number): Description {
  try {
    if (process.platform === 'linux') return describeFromProc(pid)
    const line = execFileSync('ps', ['-ww', '-o', 'ppid=,command=', '-p', String(pid)], {
      encoding: 'utf8',
    })
    return { parent: Number.parseInt(line, 10), command: line }
  } catch {
    return { parent: 0, command: '' } // ended in the meantime
  }
}

function describeFromProc(pid: number): Description {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // "pid (name) state ppid …": the name may hold spaces and brackets, so count from its end.
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  return { parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }
}
