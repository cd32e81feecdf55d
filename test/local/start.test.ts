import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ChatClient } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { LocalPlace } from '../support/local-start.ts'

const SECOND_START_MS_MAX = 10_000
// What starting a process takes on a machine that has nothing else to do.
const PROCESS_MS = 100
const PROJECT = join(import.meta.dirname, '..', '..')

test('a start says what there is, serves it from two processes, and finds it again', async (t) => {
  const place = await LocalPlace.make(t)
  const first = place.start()
  await first.ready()
  for (const line of [
    `  Page    http://localhost:${place.port}`,
    '  Model   the built-in demo (for a real one: OPENAI_API_KEY in .env)',
    `  Data    ${join('.local', 'postgres')}, used by 2 processes`,
    `  Log     ${join('.local', 'service.log')}`,
    '  Stop    Ctrl-C',
  ]) {
    assert.ok(first.output.includes(`${line}\n`), `${line} in ${first.output}`)
  }
  for (const path of ['/', '/health', '/ready']) {
    assert.equal((await fetch(place.url + path)).status, 200, path)
  }

  const alice = await place.as('alice')
  const { threadId, text, events } = await alice.say('Hello there')
  assert.ok(events.filter(({ type }) => type === 'thread.item.updated').length > 3)
  await t.test('a token from the command line is as good', async () => {
    const bob = new ChatClient(place.url, await tokenFromNpm(place, 'bob'))
    const said = await bob.say('Hello from the command line')
    assert.notEqual(said.text, '')
    assert.deepEqual(
      (await bob.listThreads()).data.map(({ id }) => id),
      [said.threadId],
    )
  })
  await t.test('both processes have answered from one database', async () => {
    assert.equal(first.workers().length, 2)
    await eventually(async () => {
      const page = await alice.listThreads()
      assert.deepEqual(
        page.data.map(({ id }) => id),
        [threadId],
      )
      return (await pidsInLog(place)).size === 2
    })
  })

  first.interrupt()
  assert.equal(await first.end(), 0, first.output)
  await eventually(() => place.processes().length === 0)
  assert.doesNotMatch(first.output, /Error|\n\s+at /)

  const second = place.start({ HOST: '0.0.0.0' })
  const startedAt = performance.now()
  await second.ready()
  const aliceAgain = await place.as('alice')
  const thread = await aliceAgain.getThread(threadId)
  const startMs = performance.now() - startedAt
  const limitMs = SECOND_START_MS_MAX * Math.max(1, (await processMs()) / PROCESS_MS)
  assert.ok(startMs < limitMs, `${startMs} of ${limitMs} ms`)
  const answer = thread.items.data.find((item) => item.type === 'assistant_message')
  assert.equal(answer?.content.map((part) => part.text).join(''), text)
  assert.deepEqual(
    (await alice.listThreads()).data.map(({ id }) => id),
    [threadId],
  )
  await t.test('where others reach the port, it says so and gives them no token', async () => {
    assert.match(
      second.output,
      /\n  Open    to whoever reaches this machine .* this machine alone\n/,
    )
    assert.doesNotMatch(first.output, /\n  Open /)
    const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
    for (const { address, family, internal } of addresses) {
      if (internal || family !== 'IPv4') continue
      assert.equal(await askForToken(address, place.port), 403, address)
    }
    assert.equal(await askForToken('127.0.0.1', place.port), 200)
  })
  second.interrupt()
  assert.equal(await second.end(), 0, second.output)
})

/** What starting a process takes on this machine at this moment. */
async function processMs(): Promise<number> {
  const startedAt = performance.now()
  await promisify(execFile)(process.execPath, ['--eval', ''])
  return performance.now() - startedAt
}

/** As somebody who writes into `host` what is wanted there, which `fetch` would not. */
async function askForToken(address: string, port: number): Promise<number | undefined> {
  const headers = { host: 'localhost', 'content-type': 'application/json' }
  const path = '/local/token'
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  request({ method: 'POST', host: address, port, path, headers }, (response) => {
    response.resume()
    resolve(response.statusCode)
  })
    .on('error', reject)
    .end(JSON.stringify({ user: 'alice' }))
  return await promise
}

async function tokenFromNpm(place: LocalPlace, user: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['run', '--silent', 'token', '--', '--user', user, '--org', 'local'],
    { cwd: PROJECT, env: place.environment() },
  )
  return stdout.trim()
}

/** The processes that have answered requests, as they say themselves. */
async function pidsInLog(place: LocalPlace): Promise<Set<number>> {
  const lines = (await place.log()).split('\n').filter((line) => line.includes('threads.list'))
  return new Set(lines.map((line) => Number(JSON.parse(line).pid)))
}
