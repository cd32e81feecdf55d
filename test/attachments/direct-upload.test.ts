import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { headerOf, open, readAnswer, sendRaw } from '../support/raw-http.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService, tokenOf } from '../support/service.ts'
import type { TestService } from '../support/service.ts'
import { PNG, send, sentIn, startWithFolder } from './upload.ts'

const application = scripted((chat) => sayWhole(chat, 'Seen.'))
const environment = { ATTACHMENT_BYTES_MAX: '1000' }

async function upload(service: TestService, form: FormData | string, headers: object = {}) {
  const response = await fetch(`${service.url}/chatkit/attachments`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${await tokenOf(alice)}`, ...headers },
  })
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) }
}

function formOf(
  type: string,
  content: Uint8Array<ArrayBuffer> = new Uint8Array(PNG),
  name = 'chart.png',
) {
  const form = new FormData()
  form.append('file', new File([content], name, { type }))
  return form
}

test('a file in a form becomes an attachment that can be sent', async (t) => {
  const { service, folder } = await startWithFolder(t, {
    replacements: { application },
    environment,
  })
  const form = formOf('image/png')
  form.append('note', 'ignored')
  const { status, body } = await upload(service, form)
  assert.equal(status, 200)
  const { preview_url: preview, ...rest } = body
  const expected = { id: rest.id, type: 'image', name: 'chart.png', mime_type: 'image/png' }
  assert.deepEqual(rest, expected)
  assert.deepEqual(Buffer.from(await (await fetch(preview)).arrayBuffer()), PNG)
  assert.deepEqual(await readdir(folder), [rest.id])
  const [sent] = sentIn(await send(await service.as(alice), [rest.id]))
  assert.equal(sent?.id, rest.id)
  await leavesNothingBehind()
})

test('what is too large is refused with 413, announced or not, and leaves nothing', async (t) => {
  const { service, folder } = await startWithFolder(t, { environment })
  const form = formOf('image/png', new Uint8Array(1_001))
  const { status, body } = await upload(service, form)
  assert.equal(status, 413)
  assert.equal(body.code, 'attachment_too_large')
  assert.match(body.message, /at most 1000 bytes/)
  assert.equal((await upload(service, formOf('image/png', new Uint8Array(1_000)))).status, 200)
  const answer = await sendRaw(service.url, {
    path: '/chatkit/attachments',
    headers: [
      ['authorization', `Bearer ${await tokenOf(alice)}`],
      ['content-type', 'multipart/form-data; boundary=x'],
      ['content-length', '1000000000'],
    ],
  })
  assert.equal(answer.status, 413)
  assert.equal((await readdir(folder)).length, 1)
  await leavesNothingBehind()
})

test('what is no form, or another form, is refused in words', async (t) => {
  const { service } = await startWithFolder(t, { environment })
  const png = new Uint8Array(PNG)
  const two = formOf('image/png')
  two.append('file', new File([png], 'b.png', { type: 'image/png' }))
  const otherField = new FormData()
  otherField.append('other', new File([png], 'a.png', { type: 'image/png' }))
  const withoutFile = new FormData()
  withoutFile.append('file', 'just text')
  for (const [form, headers, says] of [
    [formOf('image/png', png, 'a'.repeat(1_001)), {}, /name/],
    [otherField, {}, /one field "file"/],
    [two, {}, /one field "file"/],
    [withoutFile, {}, /one field "file"/],
    ['{}', { 'content-type': 'application/json' }, /one field "file"/],
    ['x', { 'content-type': 'text/plain' }, /one field "file"/],
    ['x', { 'content-type': 'multipart/form-data' }, /one field "file"/],
    ['x', { 'content-type': 'multipart/form-data; boundary=y' }, /one field "file"/],
  ] as const) {
    const { status, body } = await upload(service, form, headers)
    assert.equal(status, 400, JSON.stringify(body))
    assert.equal(body.code, 'invalid_request')
    assert.match(body.message, says)
  }
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from attachments'), [])
  await leavesNothingBehind()
})

test('a form is refused for the type of its file, which its name stands for if need be', async (t) => {
  const { service } = await startWithFolder(t, { environment })
  const refused = await upload(service, formOf('application/zip'))
  assert.equal(refused.status, 415)
  assert.equal(refused.body.code, 'attachment_type_not_allowed')
  assert.match(refused.body.message, /image\/\*, application\/pdf/)
  const { status, body } = await upload(service, formOf('', new Uint8Array(PNG), 'notes.md'))
  assert.equal(status, 200)
  assert.equal(body.mime_type, 'text/markdown')
  await leavesNothingBehind()
})

// The refusal comes before the content: none of it is waited for.
test('nobody uploads without a token, and nowhere without a place to keep files', async (t) => {
  const { service } = await startWithFolder(t)
  const other = await startService(t)
  const headers = [
    ['content-type', 'multipart/form-data; boundary=x'],
    ['content-length', '500'],
  ] as const
  const request = { path: '/chatkit/attachments', headers }
  const stranger = await sendRaw(service.url, request)
  assert.equal(stranger.status, 401)
  const known = ['authorization', `Bearer ${await tokenOf(alice)}`] as const
  const refused = await sendRaw(other.url, { ...request, headers: [...headers, known] })
  assert.equal(refused.status, 400)
  assert.equal(headerOf(refused, 'content-type'), 'application/json; charset=utf-8')
  assert.match(refused.body, /"code":"operation_not_offered"/)
})

// Whenever it is cut: at once, before anybody has looked at it, or in the middle of the file.
test('a form that is cut leaves nothing', async (t) => {
  const { service } = await startWithFolder(t)
  const head =
    'POST /chatkit/attachments HTTP/1.1\r\nhost: test\r\n' +
    `authorization: Bearer ${await tokenOf(alice)}\r\n` +
    'content-type: multipart/form-data; boundary=x\r\ncontent-length: 500000\r\n\r\n' +
    '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n' +
    'content-type: text/plain\r\n\r\nbeginning'
  const early = open(service.url)
  early.end(head)
  await readAnswer(early).catch(() => undefined)
  early.destroy()
  const late = open(service.url)
  late.write(head)
  await eventually(async () => (await spooled()).length > 0)
  late.destroy()
  await leavesNothingBehind()
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from attachments'), [])
})

async function spooled(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('chatkit-upload-'))
}

async function leavesNothingBehind(): Promise<void> {
  await eventually(async () => (await spooled()).length === 0)
}
