import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { z } from 'zod'
import { runCommand } from './commands/run-command.ts'
import { currentEnvironment } from '../../service/config.ts'
import { REPOSITORY_ROOT } from './synthesized.ts'

// The app run by itself cannot show what the CLI does around it: read cdk.json, resolve the
// account, look things up. So these run the real one, with nothing in the environment that could
// help it.

const CLI = join(REPOSITORY_ROOT, 'node_modules/aws-cdk/bin/cdk')
const SYNTH_MS_MAX = 200_000
// Nothing listens there: a synth that wants the network fails instead of waiting.
const NOWHERE = 'http://127.0.0.1:9'
// Anything else would replace every task whenever a test or a document changes.
const BUILD_CONTEXT = ['.dockerignore', 'package-lock.json', 'package.json', 'service']

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly args: readonly string[]
  readonly variables?: Record<string, string>
}

/** Runs `cdk synth` into a folder of its own, without a home, credentials, region or network. */
async function synth(t: TestContext, options: RunOptions): Promise<Run & { outdir: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const outdir = join(folder, 'out')
  const node = dirname(process.execPath)
  const env = {
    PATH: [node, '/usr/bin', '/bin'].join(delimiter),
    HOME: folder,
    HTTP_PROXY: NOWHERE,
    HTTPS_PROXY: NOWHERE,
    NODE_COMPILE_CACHE: currentEnvironment()['NODE_COMPILE_CACHE'],
    ...options.variables,
  }
  const args = [CLI, 'synth', '--quiet', '--output', outdir, ...options.args]
  const run = await new Promise<Run>((resolve) => {
    const started = { cwd: REPOSITORY_ROOT, env, timeout: SYNTH_MS_MAX }
    execFile(process.execPath, args, started, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr })
    })
  })
  return { ...run, outdir }
}

const Manifest = z.object({ missing: z.array(z.unknown()).optional() })

const Assets = z.object({
  dockerImages: z.record(z.string(), z.object({ source: z.object({ directory: z.string() }) })),
})

/** What Docker would get to build the service's image from. */
function buildContextOf(outdir: string): string[] {
  const file = readdirSync(outdir).find((name) => name.endsWith('-service.assets.json'))
  const assets: unknown = JSON.parse(readFileSync(join(outdir, file ?? ''), 'utf8'))
  const [image] = Object.values(Assets.parse(assets).dockerImages)
  return readdirSync(join(outdir, image?.source.directory ?? '')).toSorted()
}

// Between them these choose the environment in every way there is.
const choices: [string, RunOptions][] = [
  ['dev', { args: [] }],
  ['staging', { args: [], variables: { CHATKIT_ENV: 'staging' } }],
  ['prod', { args: ['-c', 'env=prod'], variables: { CHATKIT_ENV: 'staging' } }],
]

for (const [environment, options] of choices) {
  test(`cdk synth of ${environment} needs no credentials and no network`, async (t) => {
    const { code, stdout, stderr, outdir } = await synth(t, options)
    assert.equal(code, 0, stderr)
    assert.match(stdout, new RegExp(`^chatkit ${environment} in eu-central-1: https://`))
    const templates = readdirSync(outdir).filter((name) => name.endsWith('.template.json'))
    assert.deepEqual(
      templates,
      ['data', 'network', 'operations', 'service'].map(
        (part) => `chatkit-${environment}-${part}.template.json`,
      ),
    )
    const manifest: unknown = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8'))
    assert.equal(Manifest.parse(manifest).missing, undefined)
    assert.deepEqual(buildContextOf(outdir), BUILD_CONTEXT)
  })
}

test('a wrong environment ends in two sentences and no stack trace', async (t) => {
  const { code, stderr } = await synth(t, { args: ['-c', 'env=qa'] })
  assert.equal(code, 1)
  assert.match(
    stderr,
    /There is no environment "qa" in infra\/config\.ts; it has dev, staging, prod/,
  )
  assert.doesNotMatch(stderr, /^\s+at /m)
})

// Whoever believes that prod has passed must not have been shown dev.
for (const words of [
  ['--env', 'prod'],
  ['-c', 'env=prod'],
]) {
  test(`npm run synth -- ${words.join(' ')} checks prod, and nothing else`, async (t) => {
    const outdir = mkdtempSync(join(tmpdir(), 'chatkit-synth-'))
    t.after(() => rmSync(outdir, { recursive: true }))
    const { code, stdout, stderr } = await runCommand('synth', [...words, '--output', outdir])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^chatkit prod in eu-central-1: https:/m)
    assert.doesNotMatch(stdout + stderr, /ignored/)
    assert.ok(readdirSync(outdir).includes('chatkit-prod-service.template.json'))
  })
}
