import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import type { TokenSubject } from '../../service/local/tokens.ts'
import type { Attachment } from '../../service/protocol/items.ts'
import {
  attach,
  notes,
  picture,
  send,
  startWithFolder,
  withAttachments,
} from '../attachments/upload.ts'
import { query } from '../support/query.ts'
import { comparable, sendRaw } from '../support/raw-http.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, bob, otherAlice, tokenOf } from '../support/service.ts'

const MISSING = 'atc_01jd0000000000000000000000000'

function input(id: string) {
  return withAttachments('Look', [id])
}

async function post(url: string, subject: TokenSubject, body: object) {
  const headers = [
    ['content-type', 'application/json'],
    ['authorization', `Bearer ${await tokenOf(subject)}`],
  ] as const
  return comparable(await sendRaw(url, { headers, body: JSON.stringify(body) }))
}

// Different answers would tell which ids exist, and whether their files were sent.
for (const stranger of [bob, otherAlice]) {
  const who = `${stranger.user} of ${stranger.org}`
  test(`for ${who}, an attachment of alice looks exactly like one that never was`, async (t) => {
    const application = scripted((chat) => sayWhole(chat, 'Seen.'))
    const { service, folder } = await startWithFolder(t, { replacements: { application } })
    const client = await service.as(alice)
    const unsent = await attach(client, notes)
    const sent = await attach(client, picture)
    await send(client, [sent.id])
    const { threadId } = await (await service.as(stranger)).say('Mine')
    const before = await query(service.databaseUrl, 'select * from attachments order by id')
    for (const bodyOf of [
      (id: string) => ({ type: 'attachments.delete', params: { attachment_id: id } }),
      (id: string) => ({ type: 'threads.create', params: { input: input(id) } }),
      (id: string) => ({
        type: 'threads.add_user_message',
        params: { thread_id: threadId, input: input(id) },
      }),
    ]) {
      const missing = await post(service.url, stranger, bodyOf(MISSING))
      assert.equal(missing.status, 200)
      for (const { id } of [unsent, sent]) {
        assert.deepEqual(await post(service.url, stranger, bodyOf(id)), missing)
      }
    }
    const after = await query(service.databaseUrl, 'select * from attachments order by id')
    assert.deepEqual(after, before)
    assert.deepEqual((await readdir(folder)).toSorted(), [unsent.id, sent.id].toSorted())
    const threads = 'select 1 from threads where user_id = $1 and org_id = $2'
    const own = await query(service.databaseUrl, threads, [stranger.user, stranger.org])
    assert.equal(own.length, 1)
  })
}

// An application that mixes up its users must not become a way around the check.
test('an answer to one user cannot read the attachment of another', async (t) => {
  const stolen: Attachment[] = []
  const heard: unknown[] = []
  const application = scripted(async (chat) => {
    const [attachment] = stolen
    if (!attachment) return
    heard.push(await chat.readAttachment(attachment, 10).catch((error: unknown) => error))
    heard.push(await chat.attachmentUrl(attachment).catch((error: unknown) => error))
  })
  const { service } = await startWithFolder(t, { replacements: { application } })
  stolen.push(await attach(await service.as(alice), notes))
  await (await service.as(bob)).say('Read it to me')
  assert.equal(heard.length, 2)
  for (const error of heard) {
    assert.ok(error instanceof Error && /does not exist/.test(error.message))
  }
})
