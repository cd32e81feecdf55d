import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Author } from '../../service/protocol/author.ts'
import { attach, notes, picture, send, startWithFolder, threadIn } from '../attachments/upload.ts'
import { authored, plainAgent, plainAuthor } from '../support/authored.ts'
import { query } from '../support/query.ts'
import { alice } from '../support/service.ts'
import { image, message, response } from '../support/upstream-items.ts'
import type { UpstreamStep } from '../support/upstream.ts'
import { started } from '../support/upstream.ts'

const refused: readonly UpstreamStep[] = [
  { $status: 400, body: { error: { message: 'SECRET', code: 'invalid_image' } } },
]

async function startWith(
  t: TestContext,
  answers: readonly (readonly UpstreamStep[])[],
  author: Author = plainAuthor,
) {
  const { application, upstream } = await authored(t, author, answers)
  const { service, folder } = await startWithFolder(t, { replacements: { application } })
  const told = (call: number) => JSON.stringify(upstream.calls[call]?.body.input)
  return { client: await service.as(alice), service, folder, upstream, told }
}

// The file stays in the conversation: without this no message in it would ever be answered again.
test('a model that refuses a file is asked once more with its name', async (t) => {
  const { client, upstream, told } = await startWith(t, [refused, response(message('I cannot.'))])
  const { id } = await attach(client, picture)
  const events = await send(client, [id])
  assert.equal(events.at(-1)?.type, 'thread.item.done')
  assert.equal(upstream.calls.length, 2)
  assert.match(told(0), /data:image\/png/)
  assert.match(told(1), /chart\.png.*it could not be read/)
  assert.ok(!told(1).includes('data:image'))
})

test('the same for a picture that it has drawn, and for a response that fails at once', async (t) => {
  const response400 = { id: 'r', status: 'failed', error: { code: 'image_parse_error' } }
  const { client, told } = await startWith(t, [
    response(image('QQ=='), message('There.')),
    [started(), { type: 'response.failed', response: response400 }],
    response(message('I cannot.')),
  ])
  const { threadId } = await client.say('Draw')
  assert.equal((await client.say('Make it black', threadId)).text, 'I cannot.')
  assert.match(told(1), /data:image\/png/)
  assert.match(told(2), /an image or a file, which could not be read/)
})

test('a request without files is not repeated, nor one for which names are refused as well', async (t) => {
  const { client, upstream } = await startWith(t, [refused])
  const { events, threadId } = await client.say('Hello')
  const last = events.at(-1)
  assert.ok(last?.type === 'error' && !last.allow_retry)
  assert.equal(upstream.calls.length, 1)
  const { id } = await attach(client, picture)
  const failed = (await send(client, [id], threadId)).at(-1)
  assert.ok(failed?.type === 'error' && !failed.allow_retry)
  assert.equal(upstream.calls.length, 3)
})

test('what has begun is not repeated', async (t) => {
  const failing = { type: 'response.failed', response: { error: { code: 'image_parse_error' } } }
  const begun = response(message('Well,')).slice(0, 4)
  const { client, upstream } = await startWith(t, [[...begun, failing]])
  const { id } = await attach(client, picture)
  assert.equal((await send(client, [id])).at(-1)?.type, 'error')
  assert.equal(upstream.calls.length, 1)
})

test('an attachment that is gone is told by its name, also if a team converts it', async (t) => {
  const author: Author = {
    respond: (chat) => chat.answerWith(plainAgent),
    converters: {
      attachment: async (attachment, chat) => {
        const bytes = await chat.readAttachment(attachment, 100)
        return { type: 'input_text', text: new TextDecoder().decode(bytes) }
      },
    },
  }
  const { client, service, told } = await startWith(t, [response(message('Fine.'))], author)
  const { id } = await attach(client, notes)
  const threadId = threadIn(await send(client, [id]))
  assert.match(told(0), /Twelve bytes/)
  await query(service.databaseUrl, 'delete from attachments where id = $1', [id])
  assert.equal((await client.say('And now?', threadId)).text, 'Fine.')
  assert.match(told(1), /notes\.txt.*not available any more/)
})

test('an attachment without its content is in the way of no later question', async (t) => {
  const { client, folder, told } = await startWith(t, [response(message('Fine.'))])
  const sent = [(await attach(client, notes)).id, (await attach(client, picture)).id]
  const threadId = threadIn(await send(client, sent))
  for (const file of await readdir(folder)) await rm(join(folder, file), { recursive: true })
  assert.equal((await client.say('And now?', threadId)).text, 'Fine.')
  assert.match(told(1), /notes\.txt.*not available any more.*chart\.png.*not available any more/)
})
