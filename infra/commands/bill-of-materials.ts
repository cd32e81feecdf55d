import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { currentEnvironment } from '../../service/config.ts'
import { REPOSITORY_ROOT } from '../repository-root.ts'

const BYTES_MAX = 64 * 1024 * 1024
const NPM_SBOM = [
  'sbom',
  '--sbom-format=cyclonedx',
  '--sbom-type=application',
  '--package-lock-only',
]

const Manifest = z.looseObject({ devDependencies: z.unknown() })
const Lock = z.looseObject({ packages: z.record(z.string(), z.looseObject({})) })

/** Lists the packages that the service is made of, by the lock file. */
export async function writeBillOfMaterials(file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-bill-'))
  try {
    await writeProductionLock(folder)
    // The npm that runs this script, or else the one on the path.
    const { npm_execpath: npm = '' } = currentEnvironment()
    const [program, ...first] = /\.[cm]?js$/.test(npm) ? [process.execPath, npm] : ['npm']
    const options = { cwd: folder, maxBuffer: BYTES_MAX }
    const { stdout } = await promisify(execFile)(program, [...first, ...NPM_SBOM], options)
    const path = isAbsolute(file) ? file : join(REPOSITORY_ROOT, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, stdout)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Writes the lock file without what only builds, tests and deploys. `npm sbom --omit=dev` would
 * leave out more: every package that one of those needs as well, such as zod.
 */
async function writeProductionLock(folder: string): Promise<void> {
  const manifest = Manifest.parse(await read('package.json'))
  const lock = Lock.parse(await read('package-lock.json'))
  const packages = Object.entries(lock.packages)
    .filter(([, entry]) => entry['dev'] !== true)
    .map(([path, entry]) => [path, path === '' ? withoutTools(entry) : entry])
  const files = {
    'package.json': withoutTools(manifest),
    'package-lock.json': { ...lock, packages: Object.fromEntries(packages) },
  }
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), JSON.stringify(content))
  }
}

function withoutTools({ devDependencies: _tools, ...rest }: Readonly<Record<string, unknown>>) {
  return rest
}

async function read(name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(REPOSITORY_ROOT, name), 'utf8'))
}
