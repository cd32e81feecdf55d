import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Client } from 'pg'
import { LocalPostgresError, startPostgres } from '../../service/local/postgres.ts'
import { eventually } from '../support/eventually.ts'

test('data is there again after a restart, under the same password', async (t) => {
  const dataFolder = await makeFolder(t)
  const first = await start(dataFolder)
  await query(first.url, "create table note (text text); insert into note values ('kept')")
  await first.stop()
  await using second = await start(dataFolder)
  assert.deepEqual(await query(second.url, 'select text from note'), [{ text: 'kept' }])
  assert.equal(new URL(second.url).password, new URL(first.url).password)
})

test('only this machine can connect, and only with the password', async (t) => {
  await using postgres = await start(await makeFolder(t))
  const [row] = await query(postgres.url, "select current_setting('listen_addresses') as listen")
  assert.deepEqual(row, { listen: '127.0.0.1' })
  const stranger = new URL(postgres.url)
  stranger.password = 'wrong'
  await assert.rejects(query(stranger.href, 'select 1'), /password authentication failed/)
})

test('the password lies beside the data, for its owner only', async (t) => {
  const dataFolder = await makeFolder(t)
  await (await start(dataFolder)).stop()
  const { mode } = await stat(join(dataFolder, 'password'))
  assert.equal(mode & 0o777, 0o600)
  assert.ok((await readdir(dataFolder)).includes('cluster'))
})

test('a second start on the same folder is refused and names the process', async (t) => {
  const dataFolder = await makeFolder(t)
  await using postgres = await start(dataFolder)
  const [row] = await query(
    postgres.url,
    "select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) as pid",
  )
  const message = new RegExp(`in use: Postgres runs as process ${String(row?.['pid'])}, `)
  await assert.rejects(start(dataFolder), { name: 'LocalPostgresError', message })
  assert.equal((await query(postgres.url, 'select 1 as one')).length, 1)
})

// kill -9 leaves no time to clean up, and the terminal may start the next one at once.
test('a start right after the previous one was killed finds the data', async (t) => {
  const dataFolder = await makeFolder(t)
  const { child, url } = await startInChild(dataFolder)
  await query(url, "create table note (text text); insert into note values ('kept')")
  child.kill('SIGKILL')
  await once(child, 'close')
  await using next = await start(dataFolder)
  assert.deepEqual(await query(next.url, 'select text from note'), [{ text: 'kept' }])
})

test('a server does not outlive the process that started it', async (t) => {
  const { child, url } = await startInChild(await makeFolder(t))
  child.kill('SIGKILL')
  await once(child, 'close')
  await eventually(async () => {
    const refused = await query(url, 'select 1').catch((error: unknown) => error)
    return refused instanceof Error && 'code' in refused && refused.code === 'ECONNREFUSED'
  })
})

// After a power loss, the number in the file may belong to any program.
test('a pid file that names another program is not believed', async (t) => {
  const dataFolder = await makeFolder(t)
  await (await start(dataFolder)).stop()
  await writeFile(join(dataFolder, 'cluster', 'postmaster.pid'), `${process.pid}\n`)
  await using postgres = await start(dataFolder)
  assert.equal((await query(postgres.url, 'select 1 as one')).length, 1)
})

test('what an interrupted first start left behind is replaced', async (t) => {
  const dataFolder = await makeFolder(t)
  const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(gone, 'close')
  const leftover = join(dataFolder, `cluster.new-${gone.pid}`)
  await writeFile(leftover, 'half of a cluster')
  await using postgres = await start(dataFolder)
  await assert.rejects(access(leftover))
  assert.equal((await query(postgres.url, 'select 1 as one')).length, 1)
})

test('the data of another major version is left alone and named', async (t) => {
  const dataFolder = await makeFolder(t)
  await (await start(dataFolder)).stop()
  await writeFile(join(dataFolder, 'cluster', 'PG_VERSION'), '17\n')
  await assert.rejects(start(dataFolder), (error) => {
    assert.ok(error instanceof LocalPostgresError)
    assert.match(error.message, /made by Postgres 17.*Move that folder away/)
    return error.message.includes(dataFolder)
  })
})

test('a wanted port that is taken is named', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await assert.rejects(startPostgres({ dataFolder: await makeFolder(t), port, durable: false }), {
    name: 'LocalPostgresError',
    message: `Port ${port} is in use by another program.`,
  })
})

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-postgres-test-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

function start(dataFolder: string) {
  return startPostgres({ dataFolder, durable: false })
}

async function startInChild(dataFolder: string) {
  const library = import.meta.resolve('../../service/local/postgres.ts')
  const code = `import { startPostgres } from ${JSON.stringify(library)}
    const options = { dataFolder: ${JSON.stringify(dataFolder)}, durable: false }
    console.log((await startPostgres(options)).url)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { child, url: String(url).trim() }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows
  } finally {
    await client.end()
  }
}
