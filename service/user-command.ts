import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { databaseLocation } from './assemble.ts'
import type { Config } from './config.ts'
import { createLog } from './log.ts'
import { SecretsManagerSource } from './secrets/secret-source.ts'
import { toConnection } from './store/connection.ts'
import type { Owner } from './store/owner.ts'
import { Database } from './store/pool.ts'
import { ThreadStore } from './store/threads.ts'
import { UserData } from './store/user-data.ts'

const CONNECTIONS = 2
const OWNER_ONLY = 0o600
const USAGE = `Usage: user export --user ID [--org ID] [--file NAME]
       user erase --user ID [--org ID] --confirm

export   writes everything that is stored of a user, one JSON object a line,
         to standard output or to a new file
erase    deletes all of it, for good
`

/** What can be mended by saying it differently; its message says how. */
class UserCommandError extends Error {
  override readonly name = 'UserCommandError'
}

/**
 * `user export` and `user erase`: what privacy laws let a user demand of whoever operates the service.
 *
 * What it says goes to standard error, so that an export can be standard output.
 */
export async function runUserCommand(args: readonly string[], config: Config): Promise<void> {
  try {
    await run(parse(args), config)
  } catch (error) {
    if (!(error instanceof UserCommandError)) throw error
    process.stderr.write(error.message)
    process.exitCode = 1
  }
}

async function run(command: UserCommand, config: Config): Promise<void> {
  const log = createLog(config.LOG_LEVEL, {
    write: (line: string) => void process.stderr.write(line),
  })
  const secrets = new SecretsManagerSource()
  const database = new Database({
    connection: await toConnection(databaseLocation(config, secrets)),
    connectionsMax: CONNECTIONS,
    onIdleError: (error) => log.warn({ err: error }, 'a database connection broke'),
  })
  try {
    const data = new UserData(database, new ThreadStore(database))
    await perform(command, data)
    const { action, owner } = command
    log.info(
      { action: `user ${action}`, user: owner.userId, org: owner.orgId || undefined },
      'admin action',
    )
  } finally {
    await database.close()
  }
}

interface UserCommand {
  readonly action: 'export' | 'erase'
  readonly owner: Owner
  readonly file: string | undefined
  readonly isConfirmed: boolean
}

function parse(args: readonly string[]): UserCommand {
  const { values, action } = read(args)
  if (!values.user || (action !== 'export' && action !== 'erase')) throw new UserCommandError(USAGE)
  return {
    action,
    owner: { orgId: values.org ?? '', userId: values.user },
    file: values.file,
    isConfirmed: values.confirm ?? false,
  }
}

function read(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        user: { type: 'string' },
        org: { type: 'string' },
        file: { type: 'string' },
        confirm: { type: 'boolean' },
      },
    })
    return { values, action: positionals.length === 1 ? positionals[0] : undefined }
  } catch (cause) {
    throw new UserCommandError(USAGE, { cause })
  }
}

async function perform(command: UserCommand, data: UserData): Promise<void> {
  const { action, owner, file, isConfirmed } = command
  if (action === 'export') return await writeAll(data.export(owner), file)
  const counts = await data.count(owner)
  const what = Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
  if (!isConfirmed) {
    throw new UserCommandError(`This would delete ${what}. Add --confirm to do it.\n`)
  }
  await data.erase(owner)
  process.stderr.write(
    `Deleted: ${what}. The service deletes the content of attachments within the hour.\n`,
  )
}

/** Writes a line for each record, as fast as the other side reads. */
async function writeAll(records: AsyncIterable<unknown>, file: string | undefined): Promise<void> {
  const out: Writable =
    file === undefined ? process.stdout : createWriteStream(file, { flags: 'wx', mode: OWNER_ONLY })
  for await (const record of records) {
    if (!out.write(`${JSON.stringify(record)}\n`)) await once(out, 'drain')
  }
  if (file === undefined) return
  out.end()
  await finished(out)
}
