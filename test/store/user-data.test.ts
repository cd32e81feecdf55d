import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { announce, attach, notes, startWithFolder } from '../attachments/upload.ts'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, sayWhole, scripted, untilAborted } from '../support/scripted-application.ts'
import { alice, bob, otherAlice, startService } from '../support/service.ts'
import type { TestService } from '../support/service.ts'
import { runUserCommand } from '../support/user-command.ts'

const OF_ALICE = ['--user', 'alice', '--org', 'acme'] as const

/** A service that keeps attachments, where three users have said, attached and judged a thing. */
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

interface ExportedLine {
  readonly record: string
  readonly [field: string]: unknown
}

function recordsOf(out: string): ExportedLine[] {
  const lines = out.split('\n').filter((line) => line !== '')
  return lines.map((line): ExportedLine => JSON.parse(line))
}

/** Every row of every table, but for those of one user. */
async function rowsOfOthers({ databaseUrl }: TestService): Promise<unknown> {
  const kept = ['threads', 'items', 'attachments', 'feedback', 'runs']
  const tables = [...kept, 'usage_days', 'request_windows']
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
  const { code, out, err } = await runUserCommand(service.databaseUrl, ['export', ...OF_ALICE])
  assert.equal(code, 0, err)
  const records = recordsOf(out)
  const counts = Object.entries(Object.groupBy(records, ({ record }) => record))
  assert.deepEqual(Object.fromEntries(counts.map(([record, all]) => [record, all?.length])), {
    thread: 1,
    item: 5,
    attachment: 2,
    feedback: 1,
    run: 2,
    usage: 1,
    minute: 1,
  })
  assert.ok(out.includes('what alice must not see'))
  assert.ok(out.includes(`"id":"${threadId}"`))
  assert.ok(out.includes('"input_tokens":10'))
  assert.ok(!out.includes('bob') && !out.includes('globex'))
  assert.match(err, /"action":"user export","user":"alice","org":"acme".*"admin action"/)

  const file = join(folder, 'export.jsonl')
  const toFile = ['export', ...OF_ALICE, '--file', file]
  assert.equal((await runUserCommand(service.databaseUrl, toFile)).code, 0)
  assert.equal(await readFile(file, 'utf8'), out)
  const again = await runUserCommand(service.databaseUrl, toFile)
  assert.equal(again.code, 1)
  assert.match(again.err, /Nothing is overwritten/)
  assert.equal(await readFile(file, 'utf8'), out)
})

// Who asks for their data asks for their files as well.
test('an export has the content of attachments, or says that it has not', async (t) => {
  const { service, folder } = await startWithUsers(t)
  const client = await service.as(alice)
  const hostile = { ...notes, name: '../../etc/..\\my notes.txt' }
  const { id } = await attach(client, hostile)
  const { id: missing } = await announce(client, notes)
  const place = await mkdtemp(join(tmpdir(), 'chatkit-export-'))
  t.after(() => rm(place, { recursive: true, force: true }))
  const files = join(place, 'files')
  const args = ['export', ...OF_ALICE, '--files', files]
  const environment = { ATTACHMENTS_FOLDER: folder }
  const { code, out, err } = await runUserCommand(service.databaseUrl, args, environment)
  assert.equal(code, 0, err)
  const attachments = recordsOf(out).filter(({ record }) => record === 'attachment')
  assert.equal(attachments.length, 4)
  for (const { id: of, file } of attachments) {
    if (of === missing) assert.equal(file, null)
    else assert.deepEqual(await readFile(join(files, String(file))), notes.content)
  }
  assert.ok(attachments.some(({ file }) => file === `${id}-.._.._etc_.._my_notes.txt`))
  assert.equal((await readdir(files)).length, 3)
  assert.equal((await stat(files)).mode & 0o077, 0, 'nobody else may read it')

  assert.equal((await runUserCommand(service.databaseUrl, args, environment)).code, 1)
  const without = await runUserCommand(service.databaseUrl, args)
  assert.equal(without.code, 1)
  assert.match(without.err, /No attachments are kept: set ATTACHMENTS_BUCKET/)
  const { err: hint } = await runUserCommand(service.databaseUrl, ['export', ...OF_ALICE])
  assert.match(hint, /content of attachments is not in it.*--files/)
})

test('an export has what an answer in progress has said so far', async (t) => {
  const application = scripted(async (chat) => {
    const message = await beginMessage(chat)
    await message.add('half of an answer')
    await untilAborted(chat.signal)
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const live = client.stream('threads.create', { input: input('Hi') })
  await live.next()
  const found = await eventually(async () => {
    const { out } = await runUserCommand(service.databaseUrl, ['export', ...OF_ALICE])
    return recordsOf(out).find(({ record }) => record === 'unfinished_item')
  })
  assert.match(JSON.stringify(found), /half of an answer/)
  await live.return(undefined)
})

// A mistyped id would pass for a person of whom nothing is stored.
test('a user of whom nothing is stored is said to be none, with a status of its own', async (t) => {
  const { service } = await startWithUsers(t)
  for (const action of [['export'], ['erase'], ['erase', '--confirm']]) {
    const run = (...user: string[]) => runUserCommand(service.databaseUrl, [...action, ...user])
    const nobody = await run('--user', 'alcie', '--org', 'acme')
    assert.deepEqual([nobody.code, nobody.out], [2, ''])
    assert.equal(nobody.err, 'Nothing is stored of a user "alcie" of organisation "acme".\n')
    const forgotten = await run('--user', 'alice')
    assert.equal(forgotten.code, 2)
    assert.match(
      forgotten.err,
      /without an organisation\..*"acme", and one of organisation "globex"/,
    )
  }
  assert.equal((await (await service.as(alice)).listThreads()).data.length, 1)
})

test('an admin action is noted before it begins, and again when it fails half-way', async (t) => {
  const { service } = await startWithUsers(t)
  await query(
    service.databaseUrl,
    `create function stop() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
     create trigger stop before delete on threads for each row execute function stop()`,
  )
  const { code, err } = await runUserCommand(service.databaseUrl, [
    'erase',
    ...OF_ALICE,
    '--confirm',
  ])
  assert.notEqual(code, 0)
  const [begun, failed] = err.split('\n')
  assert.match(begun ?? '', /"user erase","user":"alice","org":"acme","by":".+"admin action"/)
  assert.match(failed ?? '', /"user erase","user":"alice","org":"acme".*"admin action failed"/)
  assert.ok(!err.includes('Deleted'))
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

  const unconfirmed = await runUserCommand(service.databaseUrl, ['erase', ...OF_ALICE])
  assert.equal(unconfirmed.code, 1)
  assert.match(
    unconfirmed.err,
    /2 threads, 6 items, 2 attachments, 1 feedback, 3 runs, 1 days.*--confirm/,
  )
  assert.equal((await client.listThreads()).data.length, 2)

  const { code, err } = await runUserCommand(service.databaseUrl, [
    'erase',
    ...OF_ALICE,
    '--confirm',
  ])
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
    const { code, out, err } = await runUserCommand('postgres://nowhere.invalid/x', args)
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
