// Runs before every npm script, with whatever Node and npm the machine has and without packages:
// plain JavaScript for Node 20. It installs what package-lock.json asks for, the project's own Node
// included, and says nothing when all of it is there.

import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

// Warnings are hidden, errors are not: most of them concern the machine's Node, which only installs.
const INSTALL = 'ci --include=dev --include=optional --no-audit --no-fund --loglevel=error'.split(
  ' ',
)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NODE = join(
  ROOT,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)
const LOCK_FOLDER = join(ROOT, '.local')
const LOCK = join(LOCK_FOLDER, 'install.lock')
const LOCK_REFRESH_MS = 1_000
const LOCK_STALE_MS = 10_000
const POLL_MS = 200

if (!isComplete()) process.exitCode = await withLock(installIfIncomplete)

async function installIfIncomplete() {
  if (isComplete()) return 0 // another process has done it while this one waited
  process.stderr.write('Installing packages, which happens once …\n')
  const code = await runNpm(INSTALL)
  if (code !== 0) {
    return fail(`The packages could not be installed: "npm ci" ended with ${code}, see above.`)
  }
  const wanted = `v${readPackages('package-lock.json')?.['node_modules/node']?.version}`
  const { stdout } = spawnSync(NODE, ['--version'], { encoding: 'utf8' })
  if (stdout?.trim() === wanted) return 0
  return fail(
    `Node ${wanted} was not installed, because npm was not allowed to run install scripts. ` +
      'Allow them once with: npm ci --include=dev --ignore-scripts=false',
  )
}

/**
 * Whether node_modules is what package-lock.json describes. npm writes a lock file of its own into
 * node_modules as the last step of an installation, so an interrupted one is never taken for complete.
 */
function isComplete() {
  const wanted = readPackages('package-lock.json')
  const present = readPackages('node_modules/.package-lock.json')
  if (!wanted || !present || !existsSync(NODE)) return false
  let platformPackages = 0
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue
    const found = present[path]
    if (found && fitsPlatform(entry)) platformPackages += 1
    if (!found && entry.optional) continue // made for another system, or failed without harm
    if (found?.version !== entry.version || found?.integrity !== entry.integrity) return false
  }
  const directly = { ...wanted['']?.dependencies, ...wanted['']?.devDependencies }
  const foldersExist = Object.keys(directly).every((name) =>
    existsSync(join(ROOT, 'node_modules', name)),
  )
  // None at all: the folder was copied here from a machine of another kind.
  return foldersExist && platformPackages > 0
}

function fitsPlatform(entry) {
  return entry.os?.includes(process.platform) && entry.cpu?.includes(process.arch)
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages
  } catch {
    return undefined // missing or cut off, which is answered by installing
  }
}

/** Runs one task at a time among all processes of this checkout. The lock file of a dead one ages. */
async function withLock(task) {
  mkdirSync(LOCK_FOLDER, { recursive: true })
  while (!tryLock()) await sleep(POLL_MS)
  const refresh = setInterval(() => utimesSync(LOCK, new Date(), new Date()), LOCK_REFRESH_MS)
  // Ctrl-C reaches npm as well, which ends in its own way; then the lock is released.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)
  try {
    return await task()
  } finally {
    clearInterval(refresh)
    rmSync(LOCK, { force: true })
  }
}

function tryLock() {
  try {
    writeFileSync(LOCK, '', { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const age = Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  if (age > LOCK_STALE_MS) rmSync(LOCK, { force: true })
  return false
}

/** Resolves to the exit code of npm: the one that runs this script, or else the one on the path. */
function runNpm(parameters) {
  const { npm_execpath: npm = '', npm_node_execpath: node = process.execPath } = process.env
  const isNpm = /^npm(?:-cli)?\.[cm]?js$/.test(basename(npm))
  const options = { cwd: ROOT, stdio: 'inherit', shell: !isNpm && process.platform === 'win32' }
  const [command, ...rest] = isNpm ? [node, npm, ...parameters] : ['npm', ...parameters]
  return new Promise((resolve) => {
    const child = spawn(command, rest, options)
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  return 1
}
