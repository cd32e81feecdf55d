import { open } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { databaseLocation, filesFrom } from './assemble.ts'
import type { Config } from './config.ts'
import { fileFault } from './file-faults.ts'
import { createLog } from './log.ts'
import { SecretsManagerSource } from './secrets/secret-source.ts'
import { toConnection } from './store/connection.ts'
import type { Owner } from './store/owner.ts'
import { Database } from './store/pool.ts'
import { RunRecovery } from './store/run-recovery.ts'
import { ThreadStore } from './store/threads.ts'
import { UserData } from './store/user-data.ts'
import type { UserCounts } from './store/user-data.ts'
import { ContentFolder, exportUser } from './user-export.ts'
import type { ExportParts } from './user-export.ts'

const CONNECTIONS = 2
const OWNER_ONLY = 0o600
const NOTHING_STORED = 2
const USAGE = `Usage: user export --user ID [--org ID] [--file NAME] [--files FOLDER]
       user erase --user ID [--org ID] --confirm

export   writes what is stored of a user, one JSON object a line, to standard
         output or to a new file, and with --files the content of attachments
         into a folder
erase    deletes all of it, for good

It ends with ${NOTHING_STORED} when nothing is stored of the user.
`

const NOT_OVERWRITTEN =
  'Nothing is overwritten: name a new file with --file, a new folder with --files.\n'
const CUT_OFF = 'The export is not complete: what was to read it has ended.\n'
const WITHOUT_CONTENT =
  'The content of attachments is not in it: repeat this with --files FOLDER.\n'

/** What can be mended by saying it differently; its message says how. */
class UserCommandError extends Error {
  override readonly name = 'UserCommandError'
  readonly exitCode: number

  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options)
    this.exitCode = options.exitCode ?? 1
  }
}

/**
 * `user export` and `user erase`: what privacy laws let a user demand of whoever operates the
 * service.
 *
 * What it says goes to standard error, so that an export can be standard output.
 */
export async function runUserCommand(args: readonly string[], config: Config): Promise<void> {
  if (args.some((word) => word === '--help' || word === '-h')) {
    process.stderr.write(USAGE)
    return
  }
  try {
    await run(parse(args), config)
  } catch (error) {
    if (!(error instanceof UserCommandError)) throw error
    process.stderr.write(error.message)
    process.exitCode = error.exitCode
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
  const { action, owner } = command
  const what = { action: `user ${action}`, user: owner.userId, org: owner.orgId || undefined }
  try {
    const data = new UserData(database, new ThreadStore(database))
    const contents = contentsFrom(command, config)
    const stored = await demandStored(command, data)
    demandConfirmed(command, stored)
    // Before it begins: what ends half-way was begun by somebody, too.
    log.info({ ...what, by: operator() }, 'admin action')
    const recovery = new RunRecovery(database)
    await perform(command, stored, { data, recovery, contents })
  } catch (error) {
    if (error instanceof UserCommandError) throw error
    log.error({ ...what, err: error }, 'admin action failed')
    const hint = hintFor(error)
    throw hint === undefined ? error : new UserCommandError(hint, { cause: error })
  } finally {
    await database.close()
  }
}

function hintFor(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EPIPE') return CUT_OFF
  // What a database says may have such a code, too.
  if (!(error instanceof Error) || typeof code !== 'string') return undefined
  // An error of writing, as on a disk that is full, names no path.
  const path = 'path' in error ? ` (${String(error.path)})` : ''
  if (path === '' && code !== 'ENOSPC') return undefined
  if (code === 'EEXIST') return NOT_OVERWRITTEN
  return `It cannot be written: ${fileFault(code)}${path}.\n`
}

/** Who runs this, as the machine knows them. */
function operator(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // a user without a name, as in an image
  }
}

function contentsFrom({ files: folder }: UserCommand, config: Config): ContentFolder | undefined {
  if (folder === undefined) return undefined
  const files = filesFrom(config, () => '')
  if (files) return new ContentFolder(folder, files)
  throw new UserCommandError('No attachments are kept: set ATTACHMENTS_BUCKET, or omit --files.\n')
}

/** How much there is to do. A mistyped id must not pass for a person of whom nothing is known. */
async function demandStored({ owner }: UserCommand, data: UserData): Promise<UserCounts> {
  const counts = await data.count(owner)
  if (Object.values(counts).some((count) => count > 0)) return counts
  const { userId, orgId } = owner
  const others = (await data.orgsOf(userId)).map(place)
  const hint = others.length > 0 ? ` There is one of this id ${others.join(', and one ')}.` : ''
  throw new UserCommandError(`Nothing is stored of a user "${userId}" ${place(orgId)}.${hint}\n`, {
    exitCode: NOTHING_STORED,
  })
}

function place(orgId: string): string {
  return orgId === '' ? 'without an organisation' : `of organisation "${orgId}"`
}

function demandConfirmed({ action, isConfirmed }: UserCommand, stored: UserCounts): void {
  if (action === 'export' || isConfirmed) return
  throw new UserCommandError(`This would delete ${inWords(stored)}. Add --confirm to do it.\n`)
}

function inWords(stored: UserCounts): string {
  return Object.entries(stored)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

interface UserCommand {
  readonly action: 'export' | 'erase'
  readonly owner: Owner
  readonly file: string | undefined
  readonly files: string | undefined
  readonly isConfirmed: boolean
}

function parse(args: readonly string[]): UserCommand {
  const { values, action } = read(args)
  if (!values.user || (action !== 'export' && action !== 'erase')) throw new UserCommandError(USAGE)
  return {
    action,
    owner: { orgId: values.org ?? '', userId: values.user },
    file: values.file,
    files: values.files,
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
        files: { type: 'string' },
        confirm: { type: 'boolean' },
      },
    })
    return { values, action: positionals.length === 1 ? positionals[0] : undefined }
  } catch (cause) {
    throw new UserCommandError(USAGE, { cause })
  }
}

async function perform(
  command: UserCommand,
  stored: UserCounts,
  parts: ExportParts,
): Promise<void> {
  const { action, owner, file } = command
  if (action === 'export') {
    await writeAll(exportUser(parts, owner), file)
    if (stored.attachments > 0 && !parts.contents) process.stderr.write(WITHOUT_CONTENT)
    return
  }
  await parts.data.erase(owner)
  process.stderr.write(
    `Deleted: ${inWords(stored)}. The service deletes the content of attachments within the hour.\n`,
  )
}

/** Writes a line for each record, as fast as the other side reads. */
async function writeAll(records: AsyncIterable<unknown>, file: string | undefined): Promise<void> {
  const out: Writable =
    file === undefined ? process.stdout : (await open(file, 'wx', OWNER_ONLY)).createWriteStream()
  await pipeline(records, toLines, out, { end: file !== undefined })
}

async function* toLines(records: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`
}
