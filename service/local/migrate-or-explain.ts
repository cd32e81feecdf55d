import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { createLog } from '../log.ts'
import { migrate } from '../store/migrate.ts'
import { LocalError, reasonOf, textOf } from './local-error.ts'
import { systemCode } from './postgres-error.ts'

/** Brings the database up to date. `hint` says which one it is, to somebody who can mend it. */
export async function migrateOrExplain(url: string, hint: string): Promise<void> {
  // The library ends its connection without waiting for it, and a Postgres that stops meanwhile
  // would have a last word on it that nobody listens to: an error that ends this process.
  const closings: Promise<unknown>[] = []
  const stream = (): Socket => {
    const socket = new Socket()
    closings.push(new Promise((resolve) => socket.once('close', resolve)))
    return socket
  }
  try {
    await migrate({ connectionString: url, stream }, createLog('silent'))
  } catch (cause) {
    throw new LocalError(
      isOfFiles(cause)
        ? `Temporary files cannot be written to ${tmpdir()} (TMPDIR): ${reasonOf(cause)}.`
        : `The database cannot be brought up to date: ${textOf(cause)}\n${hint}`,
      { cause },
    )
  } finally {
    await Promise.all(closings)
  }
}

/** The migrations are files for a moment. An error of writing has no path. */
function isOfFiles(error: unknown): boolean {
  return error instanceof Error && ('path' in error || systemCode(error) === 'ENOSPC')
}
