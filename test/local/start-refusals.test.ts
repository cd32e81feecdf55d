import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
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

test('a file .env that is no text is refused, and the mark that Windows puts first is none of it', async (t) => {
  const place = await LocalPlace.make(t)
  const file = join(place.folder, '.env')
  const faults = unset('LOG_LEVEL', 'ALLOW_CANCEL')
  await writeFile(file, '\uFEFFLOG_LEVEL=loud\r\nALLOW_CANCEL=perhaps\r\n')
  const marked = place.start(faults)
  await refuses(marked, /LOG_LEVEL: is "loud", must be one of/)
  assert.match(marked.output, /ALLOW_CANCEL: is "perhaps", must be true or false/)
  for (const content of [
    Buffer.from('LOG_LEVEL=loud', 'utf16le'),
    Buffer.from([0xff, 0xfe, 0x4c]),
  ]) {
    await writeFile(file, content)
    await refuses(place.start(faults), /The file \.env is no text in UTF-8; save it as one/)
  }
  await rm(file)
  await mkdir(file)
  await refuses(place.start(), /The file \.env cannot be read: there is a folder of this name/)
})

test('a folder that nothing can be kept in is named, with the way around it', async (t) => {
  const place = await LocalPlace.make(t)
  const file = join(place.folder, 'file')
  await writeFile(file, '')
  for (const folder of [file, join(file, 'below'), '/dev/null']) {
    const message = new RegExp(`Nothing can be kept in ${folder}: .*LOCAL_FOLDER can name another`)
    await refuses(place.start({ LOCAL_FOLDER: folder }), message)
  }
  await mkdir(join(place.folder, '.local', 'jwt-secret'), { recursive: true })
  await refuses(
    place.start(),
    /The key of the tokens cannot be kept in .*jwt-secret: there is a fold/,
  )
})

// An empty file is what a full disk or a lost process has left.
test('a key of the tokens that was never written is made anew', async (t) => {
  const place = await LocalPlace.make(t)
  const file = join(place.folder, '.local', 'jwt-secret')
  await mkdir(join(place.folder, '.local'))
  await writeFile(file, '')
  await refuses(place.start({ LOG_LEVEL: 'loud' }), /must be:\s+LOG_LEVEL: is "loud"[^\n]*\n\n$/)
  assert.equal((await readFile(file, 'utf8')).length, 64)
})

test('an address that is not of this machine is not taken for a port in use', async (t) => {
  const place = await LocalPlace.make(t)
  for (const HOST of ['192.0.2.1', 'no-such-host.invalid']) {
    const message = new RegExp(`HOST is "${HOST}", which is no address of this machine`)
    await refuses(place.start({ HOST }), message)
  }
  await refuses(place.start({ PORT: '0x1f90' }), /PORT is "0x1f90"; it must be a number/)
})

test('what is for production alone is named, and not what stands in for it here', async (t) => {
  const place = await LocalPlace.make(t)
  const names = ['DATABASE_SECRET_ID', 'JWT_SECRET_SECRET_ID']
  const start = place.start({
    NODE_ENV: 'production',
    ...Object.fromEntries(names.map((name) => [name, 'some-secret'])),
  })
  await refuses(start, /NODE_ENV is "production", and npm start is for development/)
  for (const name of names) assert.match(start.output, new RegExp(`${name} is for production; `))
  assert.doesNotMatch(start.output, /exclude|ATTACHMENTS/)
})

test('a database of DATABASE_URL that is away is not looked for in the folder', async (t) => {
  const place = await LocalPlace.make(t)
  const start = place.start({ DATABASE_URL: 'postgres://me:hidden@127.0.0.1:1/chat' })
  await refuses(start, /cannot be brought up to date: .*ECONNREFUSED.*\n.*that DATABASE_URL names/)
  assert.doesNotMatch(start.output, /hidden|postgres away/)
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
