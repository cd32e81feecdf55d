import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { z } from 'zod'
import { currentEnvironment } from '../../../service/config.ts'
import { findFreePort } from '../../support/free-port.ts'
import { JWT_SECRET, ORIGIN, startService } from '../../support/service.ts'
import { startProxy } from './verify-proxy.ts'

const COMMAND = join(import.meta.dirname, '..', '..', '..', 'infra', 'commands', 'verify.ts')

interface Run {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command with nothing in its environment that could help it. */
async function run(
  t: TestContext,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-verify-command-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const { NODE_COMPILE_CACHE } = currentEnvironment()
  const env = { LOCAL_FOLDER: folder, NODE_COMPILE_CACHE, ...variables }
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [COMMAND, ...args],
      { cwd: folder, env },
      (error, stdout, stderr) => {
        resolve({ code: error ? error.code : 0, stdout, stderr })
      },
    )
  })
}

const Report = z.object({
  url: z.string(),
  failed: z.number(),
  checks: z.array(z.object({ id: z.string(), result: z.string(), saw: z.string() })),
})

test('the command ends with 0 for a good deployment, and tells each requirement in a line', async (t) => {
  const { url } = await startService(t)
  const args = [url, '--only', 'health', '--only', 'cors,elsewhere', '--origin', ORIGIN]
  const { code, stdout, stderr } = await run(t, args, { JWT_SECRET })
  assert.equal(code, 0, stdout + stderr)
  assert.equal(stderr, '')
  assert.match(stdout, /^ {2}✓ GET \/health: 200 \{"status":"ok"\}$/m)
  assert.match(stdout, /^ {2}✓ no other origin may read anything: \d+ that resemble them/m)
  assert.match(stdout, /^ {2}– domain allowlist: .* register app\.example\.com at https:/m)
  assert.match(stdout, /^Nothing is wrong that can be seen from here: \d+ ✓, 0 ✗, \d+ –\.$/m)
})

test('it ends with 1 for a bad one, and says what to do', async (t) => {
  const { url } = await startService(t)
  const port = await startProxy(t, url, { head: ({ headers }) => delete headers['x-request-id'] })
  const address = `http://localhost:${port}`
  const args = [address, '--only', 'answers']
  const { code, stdout } = await run(t, args, { JWT_SECRET })
  assert.equal(code, 1, stdout)
  assert.match(stdout, /✗ every answer has a request id of its own: .* To do: Send x-request-id/)
  const json = await run(t, [...args, '--json'], { JWT_SECRET })
  assert.equal(json.code, 1)
  const report = Report.parse(JSON.parse(json.stdout))
  assert.equal(report.url, address)
  const failed = report.checks.filter(({ result }) => result === 'failed')
  assert.deepEqual(
    failed.map(({ id }) => id),
    ['answers.request-id'],
  )
})

test('it ends with 2 and one sentence when nothing can be looked at', async (t) => {
  const { url } = await startService(t)
  const nobody = `http://localhost:${await findFreePort()}`
  const strange = { JWT_SECRET: 'Another7Secret-that-is-long_enough+for/HS256' }
  for (const [args, variables, sentence] of [
    [[nobody], { JWT_SECRET }, /Nothing answers at http:.*ECONNREFUSED/],
    [[url], strange, /answers a good request with 401/],
    [[url, '--token', 'x.y.z'], {}, /answers a good request with 401/],
    [['chat.example.com'], {}, /"chat\.example\.com" is not an address/],
    [['http://chat.example.com'], {}, /Write https:\/\/chat\.example\.com/],
    [['https://chat.example.com'], {}, /--token TOKEN, twice for two users, or --mint/],
    [['https://chat.example.com', '--mint'], {}, /--mint needs JWT_SECRET/],
    [[url, '--token', 'a', '--mint'], {}, /one of --token, --mint and --gateway/],
    [[url, '--gateway'], { GATEWAY_SECRET: '' }, /--gateway needs GATEWAY_SECRET/],
    [['https://unknown.example', '--token', 'a=b', '--token-header', 'cookie'], {}, /add --origin/],
    [[url, '--token', 'a', '--token', 'a'], {}, /The two tokens are the same/],
    [[url, '--token', 'a', '--token-header', 'x y'], {}, /is not the name of a header/],
    [[url, '--only', 'tls'], {}, /no part "tls"; allowed: https, health, sign-in/],
    [[url, '--idle', 'long'], { JWT_SECRET }, /--idle must be from 1 to 3600 seconds/],
    [[url, '--origin', 'https://a.example/x'], { JWT_SECRET }, /is not an origin/],
    [[url, '--env', 'qa'], {}, /no environment "qa"/],
  ] as const) {
    const { code, stdout, stderr } = await run(t, args, variables)
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, sentence)
    assert.equal(stdout, '')
    assert.doesNotMatch(stderr, /^\s+at /m)
  }
})

test('--help says what it costs', async (t) => {
  const { code, stdout } = await run(t, ['--help'])
  assert.equal(code, 0)
  assert.match(stdout, /have a model write three answers/)
  assert.match(stdout, /deleted again/)
})
