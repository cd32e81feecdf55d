import { tmpdir } from 'node:os'
import { createLog } from '../log.ts'
import { migrate } from '../store/migrate.ts'
import { LocalError, reasonOf, textOf } from './local-error.ts'
import { systemCode } from './postgres-error.ts'

/** Brings the database up to date. `hint` says which one it is, to somebody who can mend it. */
export async function migrateOrExplain(url: string, hint: string): Promise<void> {
  try {
    await migrate({ connectionString: url }, createLog('silent'))
  } catch (cause) {
    throw new LocalError(
      isOfFiles(cause)
        ? `Temporary files cannot be written to ${tmpdir()} (TMPDIR): ${reasonOf(cause)}.`
        : `The database cannot be brought up to date: ${textOf(cause)}\n${hint}`,
      { cause },
    )
  }
}

/** The migrations are files for a moment. An error of writing has no path. */
function isOfFiles(error: unknown): boolean {
  return error instanceof Error && ('path' in error || systemCode(error) === 'ENOSPC')
}
