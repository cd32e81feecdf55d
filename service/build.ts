import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import type { Metafile, Plugin } from 'esbuild'
import { z } from 'zod'

// `npm run build`: the service as one file, dist/main.js, which needs nothing but Node beside it,
// and the list of the packages that are in it, dist/packages.json. `-- FOLDER` puts them elsewhere.

const ROOT = join(import.meta.dirname, '..')
const OUT_FOLDER = resolve(wantedFolder() ?? join(ROOT, 'dist'))
const OUT_FILE = join(OUT_FOLDER, 'main.js')
const PACKAGES_FILE = join(OUT_FOLDER, 'packages.json')
// An example in a comment is left alone.
const READ_BESIDE =
  /(?<!^ *(?:\*|\/\/).*)readFileSync\(\s*new URL\('(\.[^']+)', import\.meta\.url\),\s*'utf8',?\s*\)/gm

// What is CommonJS inside the bundle expects these names. Aliases, as modules declare them too.
const COMMON_JS_NAMES = `
import { createRequire as bundleRequire } from 'node:module'
import { dirname as bundleDirname } from 'node:path'
import { fileURLToPath as bundlePath } from 'node:url'
const require = bundleRequire(import.meta.url)
const __filename = bundlePath(import.meta.url)
const __dirname = bundleDirname(__filename)`

/**
 * Puts the texts that a module reads from beside itself into the bundle, where nothing lies beside.
 */
const inlineTexts: Plugin = {
  name: 'inline-texts',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]service[\\/].+\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(READ_BESIDE, (_call, name: string) =>
        JSON.stringify(readFileSync(join(dirname(path), name), 'utf8')),
      ),
    }))
  },
}

const Manifest = z.object({ name: z.string(), version: z.string() })

const ABSENT = `const absent = () => {
  throw Object.assign(new Error('this part is not in the bundle'), { tryNextLink: true })
}
`

/**
 * What packages bring along for other places than a task on AWS, and what takes its place. A task
 * has its credentials from the address that ECS gives it: nothing here starts a program for them,
 * signs in to anything or reads them from a file. Migrations are SQL, passwords come from Secrets
 * Manager, and the log goes to standard output.
 */
const LEFT_OUT: Readonly<Record<string, string>> = {
  '@aws-sdk/credential-provider-ini': 'export const fromIni = () => absent',
  '@aws-sdk/credential-provider-process': 'export const fromProcess = () => absent',
  '@aws-sdk/credential-provider-sso': 'export const fromSSO = () => absent',
  '@aws-sdk/credential-provider-web-identity': 'export const fromTokenFile = () => absent',
  glob: 'export const glob = absent',
  jiti: 'export const createJiti = () => ({ import: absent })',
  pgpass: 'module.exports = absent',
  'pg-cloudflare': 'module.exports = { CloudflareSocket: absent }',
  'thread-stream': 'module.exports = absent',
}

const leaveOut: Plugin = {
  name: 'leave-out',
  setup(bundler) {
    const names = Object.keys(LEFT_OUT).join('|')
    bundler.onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path }) => ({
      path,
      namespace: 'left-out',
    }))
    bundler.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: ABSENT + (LEFT_OUT[path] ?? ''),
    }))
  },
}

const { metafile } = await build({
  entryPoints: [join(import.meta.dirname, 'main.ts')],
  outfile: OUT_FILE,
  bundle: true,
  platform: 'node',
  target: 'node26',
  format: 'esm',
  sourcemap: false,
  legalComments: 'none',
  // Optional parts of packages, which are absent here as well and asked for in a try block.
  external: ['pg-native'],
  banner: { js: COMMON_JS_NAMES },
  plugins: [inlineTexts, leaveOut],
  metafile: true,
  logLevel: 'warning',
  absWorkingDir: ROOT,
}).catch((error: unknown) => {
  // What is wrong in the sources, or with the folder, has been said with its place.
  if (error instanceof Error && 'errors' in error) process.exit(1)
  throw error
})
const packages = packagesIn(metafile)
writeFileSync(PACKAGES_FILE, `${JSON.stringify(packages, undefined, 2)}\n`)
const kibibytes = Math.round(statSync(OUT_FILE).size / 1024)
process.stdout.write(
  `${relative(ROOT, OUT_FILE)}: ${kibibytes} KiB, with ${packages.length} packages in it\n`,
)

/** The only argument: a folder. An option that there is not must not become one. */
function wantedFolder(): string | undefined {
  const [folder, ...others] = process.argv.slice(2)
  if (folder === '' || folder?.startsWith('-') || others.length > 0) {
    process.stderr.write('Usage: npm run build [-- FOLDER], by default dist\n')
    process.exit(folder === '--help' || folder === '-h' ? 0 : 1)
  }
  return folder
}

/** The packages of which something is in the bundle, each with its version. */
function packagesIn({ outputs }: Metafile): readonly string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs))
  const folders = inputs.flatMap(([path, { bytesInOutput }]) => {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
    return folder !== undefined && bytesInOutput > 0 ? [folder] : []
  })
  return [...new Set(folders)].map((folder) => {
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
    const { name, version } = Manifest.parse(manifest)
    return `${name}@${version}`
  })
}
