import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import type { Plugin } from 'esbuild'

// `npm run build`: the service as one file, dist/main.js, which needs nothing but Node beside it.

const OUT_FILE = join(import.meta.dirname, '..', 'dist', 'main.js')
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

/** Puts the texts that a module reads from beside itself into the bundle, where nothing lies beside. */
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

await build({
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
  plugins: [inlineTexts],
  logLevel: 'warning',
})
process.stdout.write(`dist/main.js: ${Math.round(statSync(OUT_FILE).size / 1024)} KiB\n`)
