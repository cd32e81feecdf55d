import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { JWT_SECRET, ORIGIN } from './service.ts'

export const MAIN = join(import.meta.dirname, '..', '..', 'service', 'main.ts')

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The least that the command needs to know. */
export function environmentFor(databaseUrl: string): Record<string, string> {
  return { DATABASE_URL: databaseUrl, JWT_SECRET, FRONTEND_URL: ORIGIN }
}

/** `user export` and `user erase` as an operator runs them: in a process of its own. */
export function runUserCommand(
  databaseUrl: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const env = { ...environmentFor(databaseUrl), ...environment }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'user', ...args], { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}
