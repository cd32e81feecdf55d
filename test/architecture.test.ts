import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

// A request travels left to right; so do imports. Anything not listed is forbidden.
const mayImport: Readonly<Record<string, readonly string[]>> = {
  http: ['auth', 'chatkit', 'runs', 'protocol'],
  auth: [],
  chatkit: ['auth', 'runs', 'store', 'protocol'],
  runs: ['auth', 'store', 'protocol'],
  bridge: ['protocol'],
  agent: ['protocol'],
  store: ['auth', 'protocol', 'secrets'],
  secrets: [],
  protocol: [],
}

// The only files beside the folders that a folder may use; the rest is start-up and looks inward.
const shared = new Set([
  'service/errors.ts',
  'service/log.ts',
  'service/telemetry.ts',
  'service/variables.ts',
])

// `local/` is start-up as well: what `npm start` adds around the service, never part of the bundle.
const requestPath = globSync('service/*/**/*.ts').filter((file) => folderOf(file) !== 'local')

test('imports inside service/ only point forward along the request path', () => {
  assert.ok(requestPath.length > 50)
  for (const file of requestPath) {
    const from = folderOf(file)
    for (const target of importsOf(file)) {
      const to = folderOf(target)
      const allowed = to === from || shared.has(target) || mayImport[from]?.includes(to)
      assert.ok(allowed, `${file} must not import ${target}`)
    }
  }
})

test('nothing that goes into production imports what is local', () => {
  for (const file of globSync('service/*.ts')) {
    for (const target of importsOf(file)) assert.notEqual(folderOf(target), 'local', file)
  }
})

test('the environment is read in two files, and objects meet in one', () => {
  const all = [...globSync('service/**/*.{ts,tsx,js}'), ...globSync('infra/**/*.ts')]
  // What a team writes has settings of its own.
  const code = all.filter((file) => !/^service\/(agent\/|auth\/custom\.ts)/v.test(file))
  const readers = code.filter((file) => readFileSync(file, 'utf8').includes('process.env'))
  // The installer runs before there is a package or a type; it asks npm where npm is.
  const installer = 'service/local/install-missing.js'
  assert.deepEqual(readers.toSorted(), ['infra/app.ts', 'service/config.ts', installer])
  const makers = requestPath.filter((file) =>
    /new (Database|Runs|BearerJwt|Runner|OpenAI)\(/.test(readFileSync(file, 'utf8')),
  )
  assert.deepEqual(makers, [])
})

test('the top level holds what the layout names and nothing else', () => {
  const allowed =
    /^(infra|service|test|cdk\.json|package\.json|package-lock\.json|tsconfig\.json|README\.md|LICENSE|\..*)$/
  const ignored = new Set(['node_modules', 'dist', 'cdk.out'])
  const entries = globSync('*').filter((entry) => !ignored.has(entry))
  assert.deepEqual(
    entries.filter((entry) => !allowed.test(entry)),
    [],
  )
})

function importsOf(file: string): string[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)
  return Array.from(specifiers, (match) => join(dirname(file), match[1] ?? ''))
}

/** The folder directly under `service/`, or '' for a file that lies in `service/` itself. */
function folderOf(file: string): string {
  const parts = relative('service', file).split('/')
  return parts.length > 1 ? (parts[0] ?? '') : ''
}
