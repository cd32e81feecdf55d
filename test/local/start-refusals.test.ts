import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { LocalPlace } from '../support/local-start.ts'
import type { LocalStart } from '../support/local-start.ts'

test('what is wrong in .env is said in words, before anything is started', async (t) => {
  const place = await LocalPlace.make(t)
  await place.writeEnvFile(['JWT_SECRET=too-short', 'FRONTEND_URL=https://example.com/a/path'])
  const start = place.start({ ...unset('JWT_SECRET', 'FRONTEND_URL') })
  await refuses(start, /JWT_SECRET: .*at least 32/)
  assert.match(start.output, /FRONTEND_URL: is "https:\/\/example\.com\/a\/path", must be origins/)
  assert.doesNotMatch(start.output, /too-short/)
  assert.equal(place.processes().length, 0)
  await refuses(place.start({ PORT: 'eighty' }), /PORT is "eighty"; it must be a number/)
})

test('a port that another program has is named, with the way around it', async (t) => {
  const place = await LocalPlace.make(t)
  const other = createServer((socket) => socket.end()).listen(place.port, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  await refuses(place.start(), new RegExp(`Port ${place.port} is taken by another program.*PORT=`))
})

test('a second start leaves the first one alone', async (t) => {
  const place = await LocalPlace.make(t)
  const first = place.start()
  await first.ready()
  await refuses(place.start(), new RegExp(`running already: http://localhost:${place.port}`))
  const other = await LocalPlace.make(t)
  await refuses(place.start({ PORT: String(other.port) }), /in use: Postgres runs as process \d+/)
  assert.equal((await fetch(`${place.url}/ready`)).status, 200)
})

/** Lets a variable come from the `.env` file. */
function unset(...names: readonly string[]): Record<string, undefined> {
  return Object.fromEntries(names.map((name) => [name, undefined]))
}

async function refuses(start: LocalStart, message: RegExp): Promise<void> {
  assert.equal(await start.end(), 1, start.output)
  assert.match(start.output, message)
  assert.doesNotMatch(start.output, /\n\s+at /)
}
