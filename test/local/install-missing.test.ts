import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

const SCRIPT = 'service/local/install-missing.js'

const lock = {
  packages: {
    '': { devDependencies: { node: '26.0.0' } },
    'node_modules/node': { version: '26.0.0', integrity: 'sha512-node' },
    'node_modules/here': {
      version: '1.0.0',
      optional: true,
      os: [process.platform],
      cpu: [process.arch],
    },
    'node_modules/elsewhere': { version: '1.0.0', optional: true, os: ['plan9'], cpu: ['x64'] },
  },
}

test('missing packages are installed once, and then nothing is said or done', async (t) => {
  const project = await makeProject(t)
  const first = await project.run()
  assert.equal(first.code, 0, first.output)
  assert.match(first.output, /Installing packages/)
  assert.deepEqual(await project.run(), { code: 0, output: '' })
  assert.deepEqual(await project.installs(), ['ci --include=dev --include=optional'])
})

test('a changed lock file and an interrupted installation are noticed', async (t) => {
  const project = await makeProject(t)
  await project.run()
  const changed = structuredClone(lock)
  changed.packages['node_modules/node'].integrity = 'sha512-other'
  await writeFile(project.path('package-lock.json'), JSON.stringify(changed))
  await project.run()
  assert.equal((await project.installs()).length, 2)
  await rm(project.path('node_modules/.package-lock.json')) // npm writes it last
  await project.run()
  assert.equal((await project.installs()).length, 3)
})

test('two starts at one time install once', async (t) => {
  const project = await makeProject(t)
  const runs = await Promise.all([project.run(), project.run()])
  assert.deepEqual(
    runs.map(({ code }) => code),
    [0, 0],
  )
  assert.equal((await project.installs()).length, 1)
})

test('a failed installation is one sentence and an exit code', async (t) => {
  const project = await makeProject(t)
  const { code, output } = await project.run({ FAKE_NPM: 'fail' })
  assert.equal(code, 1)
  assert.match(output, /could not be installed: "npm ci" ended with 7/)
})

test('blocked install scripts are explained', async (t) => {
  const project = await makeProject(t)
  const { code, output } = await project.run({ FAKE_NPM: 'without scripts' })
  assert.equal(code, 1)
  assert.match(output, /not allowed to run install scripts.*--ignore-scripts=false/)
})

/** A checkout with the script, a lock file and an npm that pretends. */
async function makeProject(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-install-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = (name: string) => join(folder, name)
  await mkdir(path('service/local'), { recursive: true })
  await copyFile(SCRIPT, path(SCRIPT))
  await writeFile(path('package.json'), '{ "type": "module" }')
  await writeFile(path('package-lock.json'), JSON.stringify(lock))
  await mkdir(path('npm'))
  await writeFile(path('npm/npm-cli.js'), FAKE_NPM)
  return {
    path,
    run: async (environment: Record<string, string> = {}) => {
      const child = spawn(process.execPath, [path(SCRIPT)], {
        env: { npm_execpath: path('npm/npm-cli.js'), ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const outputs = Promise.all([text(child.stdout), text(child.stderr)])
      const [code] = await once(child, 'close')
      return { code: Number(code), output: (await outputs).join('') }
    },
    installs: async () => {
      const lines = await readFile(path('npm/calls'), 'utf8')
      return lines.trim().split('\n')
    },
  }
}

const FAKE_NPM = `
import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
if (process.env.FAKE_NPM === 'fail') process.exit(7)
appendFileSync('npm/calls', process.argv.slice(2, 5).join(' ') + '\\n')
await new Promise((resolve) => setTimeout(resolve, 300))
mkdirSync('node_modules/node/bin', { recursive: true })
if (process.env.FAKE_NPM !== 'without scripts') {
  writeFileSync('node_modules/node/bin/node', '#!/bin/sh\\necho v26.0.0\\n', { mode: 0o755 })
}
copyFileSync('package-lock.json', 'node_modules/.package-lock.json')
`
