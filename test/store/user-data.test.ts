import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { attach, notes, startWithFolder } from '../attachments/upload.ts'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { sayWhole, scripted, untilAborted } from '../support/scripted-application.ts'
import { JWT_SECRET, ORIGIN, alice, bob, otherAlice } from '../support/service.ts'
import type { TestService } from '../support/service.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'service', 'main.ts')
const OF_ALICE = ['--user', 'alice', '--org', 'acme'] as const

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The command as an operator runs it: in a process of its own. */
function runCommand(databaseUrl: string, args: readonly string[]): Promise<Outcome> {
  const env = { DATABASE_URL: databaseUrl, JWT_SECRET, FRONTEND_URL: ORIGIN }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'user', ...args], { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

/** A service that keeps attachments, in which three users have said, attached and judged something. */
async function startWithUsers(t: TestContext) {
  const application = scripted(async (chat, message) => {
    chat.addUsage({ inputTokens: 5, outputTokens: 2 })
    const said = message?.content[0]
    if (said?.text === 'wait') return await untilAborted(chat.signal)
    await chat.save({
      type: 'hidden_context_item',
      id: `hidden_${chat.thread.id}`,
      thread_id: chat.thread.id,
      created_at: new Date().toISOString(),
      content: `what ${chat.user.userId} must not see`,
    })
    await sayWhole(chat, `Hello ${chat.user.userId} of ${chat.user.orgId}`)
  })
  const { service, folder } = await startWithFolder(t, { replacements: { application } })
  const threads: string[] = []
  for (const user of [alice, bob, otherAlice]) {
    const client = await service.as(user)
    const { id: sent } = await attach(client, notes)
    const { threadId } = await client.hear(
      client.stream('threads.create', { input: { ...input('Hi'), attachments: [sent] } }),
    )
    await client.say('And more', threadId)
    const answer = (await client.listItems(threadId)).data[0]
    await client.post('items.feedback', {
      thread_id: threadId,
      item_ids: [answer?.id],
      kind: 'positive',
    })
    await attach(client, notes)
    threads.push(threadId)
  }
  const [threadId = ''] = threads
  return { service, folder, threadId }
}

/** Every row of every table, but for those of one user. */
async function rowsOfOthers({ databaseUrl }: TestService): Promise<unknown> {
  const tables = ['threads', 'items', 'attachments', 'feedback', 'runs', 'usage_days']
  const rows: unknown[] = []
  for (const table of tables) {
    rows.push(
      await query(
        databaseUrl,
        `select * from ${table} where (org_id, user_id) <> ('acme', 'alice') order by 1, 2, 3`,
      ),
    )
  }
  return rows
}

test('an export has everything of one user and nothing of another, and a file is not overwritten', async (t) => {
  const { service, folder, threadId } = await startWithUsers(t)
  const { code, out, err } = await runCommand(service.databaseUrl, ['export', ...OF_ALICE])
  assert.equal(code, 0, err)
  const records = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): { record: string } => JSON.parse(line))
  const counts = Object.entries(Object.groupBy(records, ({ record }) => record))
  assert.deepEqual(Object.fromEntries(counts.map(([record, all]) => [record, all?.length])), {
    thread: 1,
    item: 5,
    attachment: 2,
    feedback: 1,
    run: 2,
    usage: 1,
  })
  assert.ok(out.includes('what alice must not see'))
  assert.ok(out.includes(`"id":"${threadId}"`))
  assert.ok(out.includes('"input_tokens":10'))
  assert.ok(!out.includes('bob') && !out.includes('globex'))
  assert.match(err, /"action":"user export","user":"alice","org":"acme".*"admin action"/)

  const file = join(folder, 'export.jsonl')
  const toFile = ['export', ...OF_ALICE, '--file', file]
  assert.equal((await runCommand(service.databaseUrl, toFile)).code, 0)
  assert.equal(await readFile(file, 'utf8'), out)
  assert.notEqual((await runCommand(service.databaseUrl, toFile)).code, 0)
})

test('an erasure needs to be confirmed, and takes everything of one user and nothing of others', async (t) => {
  const { service, folder } = await startWithUsers(t)
  const client = await service.as(alice)
  // An answer that goes on is no obstacle.
  const live = client.stream('threads.create', { input: input('wait') })
  await live.next()
  const others = await rowsOfOthers(service)
  const filesBefore = await filesIn(folder)
  assert.equal(filesBefore.length, 6)

  const unconfirmed = await runCommand(service.databaseUrl, ['erase', ...OF_ALICE])
  assert.equal(unconfirmed.code, 1)
  assert.match(
    unconfirmed.err,
    /2 threads, 6 items, 2 attachments, 1 feedback, 3 runs, 1 days.*--confirm/,
  )
  assert.equal((await client.listThreads()).data.length, 2)

  const { code, err } = await runCommand(service.databaseUrl, ['erase', ...OF_ALICE, '--confirm'])
  assert.equal(code, 0, err)
  assert.match(err, /Deleted: 2 threads/)
  for (const table of [
    'threads',
    'items',
    'attachments',
    'feedback',
    'runs',
    'usage_days',
    'request_windows',
  ]) {
    const left = await query(
      service.databaseUrl,
      `select 1 from ${table} where org_id = 'acme' and user_id = 'alice'`,
    )
    assert.equal(left.length, 0, table)
  }
  assert.deepEqual(await rowsOfOthers(service), others)
  await eventually(async () => (await filesIn(folder)).length === 4)
  await client.hear(live)
})

test('a command that is not understood says how it is written', async (t) => {
  for (const args of [
    [],
    ['export'],
    ['forget', '--user', 'x'],
    ['export', '--user', 'x', '--all'],
  ]) {
    const { code, out, err } = await runCommand('postgres://nowhere.invalid/x', args)
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(err, /^Usage: user export/)
  }
  t.diagnostic('no database was needed')
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !/\.jsonl$|-removed$/.test(entry.name))
    .map((entry) => entry.name)
}
