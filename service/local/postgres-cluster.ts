import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, link, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { LocalPostgresError, systemCode } from './postgres-error.ts'
import { makeClusterFolder } from './postgres-place.ts'
import type { Account, Place } from './postgres-place.ts'
import { isAlive } from './postgres-running.ts'

const PASSWORD_BYTES = 24

/** The only role of a local cluster. */
export const LOCAL_ROLE = 'postgres'

/**
 * Makes sure that there is a cluster that these binaries can run, and returns its password.
 *
 * A new one is made in a folder beside its place and renamed when complete, so an interrupted
 * start leaves nothing that the next one could mistake for a cluster.
 */
export async function ensureCluster(place: Place, durable: boolean): Promise<string> {
  await removeLeftovers(place)
  const version = await readIfThere(join(place.cluster, 'PG_VERSION'))
  const password = await readIfThere(join(place.home, 'password'))
  if (version !== undefined) {
    await checkCluster(place, version.trim())
    if (password) return password
    throw new LocalPostgresError(
      `${place.home} holds a database but not its password. Put the file "password" back, or ` +
        'move the folder away to start with an empty database.',
    )
  }
  if (password === '') await rm(join(place.home, 'password')) // cut off by a power failure
  const chosen = password || (await choosePassword(place))
  await createCluster(place, chosen, durable)
  return chosen
}

async function checkCluster(place: Place, major: string): Promise<void> {
  if (major !== place.major) {
    throw new LocalPostgresError(
      `The database in ${place.home} was made by Postgres ${major}, and this is Postgres ` +
        `${place.major}, which cannot read it. Move that folder away to start with an empty one.`,
    )
  }
  const { uid } = await stat(place.cluster)
  const own = place.account.uid ?? process.getuid?.() ?? uid
  if (uid !== own) {
    throw new LocalPostgresError(
      `${place.cluster} belongs to another user (${uid}). Start as the user who made it, or move ` +
        `${place.home} away to start with an empty database.`,
    )
  }
}

/** Linked into place when complete: two first starts at one time agree on the same password. */
async function choosePassword(place: Place): Promise<string> {
  const file = join(place.home, 'password')
  const draft = `${file}.new-${process.pid}`
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  await writeFile(draft, password, { mode: 0o600, flush: true })
  try {
    await link(draft, file)
    return password
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    return await readFile(file, 'utf8')
  } finally {
    await rm(draft, { force: true })
  }
}

async function createCluster(place: Place, password: string, durable: boolean): Promise<void> {
  const staging = `${place.cluster}.new-${process.pid}`
  await makeClusterFolder(staging, place.account)
  try {
    await runInitdb(place, staging, { password, durable })
    await rename(staging, place.cluster)
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    const code = systemCode(error)
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    if (await readIfThere(join(place.cluster, 'PG_VERSION'))) return // another start was faster
    throw new LocalPostgresError(
      `${place.cluster} holds files but no database. Move it away to start with an empty one.`,
      { cause: error },
    )
  }
}

async function removeLeftovers(place: Place): Promise<void> {
  for (const name of await readdir(place.home)) {
    const pid = Number(/\.new-(\d+)/.exec(name)?.[1])
    if (pid > 0 && (pid === process.pid || !isAlive(pid))) {
      // With retries, because the initdb of a killed start may write for a moment longer.
      await rm(join(place.home, name), { recursive: true, force: true, maxRetries: 10 })
    }
  }
}

interface InitdbOptions {
  readonly password: string
  readonly durable: boolean
}

async function runInitdb(place: Place, folder: string, options: InitdbOptions): Promise<void> {
  const passwordFile = `${folder}.password`
  await writeOwned(passwordFile, options.password, place.account)
  const child = spawn(
    place.initdb,
    [
      `--pgdata=${folder}`,
      `--username=${LOCAL_ROLE}`,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      // Sorts the same on every machine, whatever languages are installed there.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      ...(options.durable ? [] : ['--no-sync']),
    ],
    { ...place.account, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const [complaint, code] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    }),
  ]).finally(() => rm(passwordFile, { force: true }))
  if (code === 0) return
  throw new LocalPostgresError(`The local database could not be created:\n${complaint.trim()}`)
}

/** The password for initdb's eyes: its own file, because the kept one may belong to root. */
async function writeOwned(file: string, content: string, account: Account): Promise<void> {
  await writeFile(file, content, { mode: 0o600 })
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(file, account.uid, account.gid)
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new LocalPostgresError(`${file} cannot be read by this user.`, { cause: error })
  }
}
