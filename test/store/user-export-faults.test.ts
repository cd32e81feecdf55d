import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { attach, notes, send, startWithFolder } from '../attachments/upload.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice } from '../support/service.ts'
import { MAIN, environmentFor, runUserCommand } from '../support/user-command.ts'

const EXPORT = ['export', '--user', 'alice', '--org', 'acme'] as const

/** A service that keeps a conversation with an attachment. */
async function startWithConversation(t: TestContext) {
  const application = scripted((chat) => sayWhole(chat, 'Hello'))
  const { service, folder } = await startWithFolder(t, { replacements: { application } })
  const client = await service.as(alice)
  await send(client, [(await attach(client, notes)).id])
  return { databaseUrl: service.databaseUrl, folder }
}

test('an export whose reader has ended says so', async (t) => {
  const { databaseUrl } = await startWithConversation(t)
  const env = environmentFor(databaseUrl)
  const child = spawn(process.execPath, [MAIN, 'user', ...EXPORT], { env })
  child.stdout.destroy()
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  assert.match(err, /The export is not complete: what was to read it has ended\.\n$/)
  assert.equal(code, 1)
})

test('an export that finds no room says so', { skip: !existsSync('/dev/full') }, async (t) => {
  const { databaseUrl } = await startWithConversation(t)
  const env = environmentFor(databaseUrl)
  const full = openSync('/dev/full', 'w')
  t.after(() => closeSync(full))
  const child = spawn(process.execPath, [MAIN, 'user', ...EXPORT], {
    env,
    stdio: ['ignore', full, 'pipe'],
  })
  let err = ''
  child.stderr?.setEncoding('utf8').on('data', (said: string) => (err += said))
  const [code] = await once(child, 'close')
  assert.match(err, /It cannot be written: the disk is full\.\n$/)
  assert.equal(code, 1)
})

test('where an export cannot be written is said in words', async (t) => {
  const { databaseUrl, folder } = await startWithConversation(t)
  const file = join(folder, (await readdir(folder))[0] ?? '')
  for (const [option, path, words] of [
    ['--file', join(folder, 'absent', 'alice.jsonl'), 'there is no such folder'],
    ['--file', join(file, 'alice.jsonl'), 'a part of the path is no folder'],
    ['--files', join(file, 'alice'), 'a part of the path is no folder'],
  ] as const) {
    const environment = { ATTACHMENTS_FOLDER: folder }
    const { code, err } = await runUserCommand(databaseUrl, [...EXPORT, option, path], environment)
    assert.equal(code, 1)
    assert.match(err, new RegExp(`It cannot be written: ${words} \\(.*\\)\\.\n$`))
  }
})
