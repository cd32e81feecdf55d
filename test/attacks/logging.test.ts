import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Canary } from '../support/canary.ts'
import { ChatClient } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { forgeToken, validClaims } from '../support/forged-token.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { query } from '../support/query.ts'
import { sendRaw } from '../support/raw-http.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import type { Respond } from '../support/scripted-application.ts'
import { alice, startService, tokenOf } from '../support/service.ts'
import { startUpstream, textAnswer } from '../support/upstream.ts'
import type { UpstreamStep } from '../support/upstream.ts'

async function startLogged(t: TestContext, respond: Respond) {
  const buffer = new LogBuffer()
  const application = scripted(respond)
  const service = await startService(t, { replacements: { application, log: buffer.log } })
  return { service, buffer, canary: new Canary() }
}

/** A message with the canary wherever text can be. */
function messageWith({ text, word }: Canary) {
  return {
    content: [
      { type: 'input_text', text },
      { type: 'input_tag', id: text, text, data: { [text]: text }, group: text },
    ],
    attachments: [],
    quoted_text: text,
    inference_options: { model: word, tool_choice: { id: text } },
  }
}

// What a log keeps, more people can read than the conversation itself, and for longer.
test('nothing that a client sends gets into the log, whatever becomes of it', async (t) => {
  const { service, buffer, canary } = await startLogged(t, async (chat) => {
    chat.callBrowser({ name: 'pick', arguments: {} })
    await sayWhole(chat, canary.text)
  })
  const { word } = canary
  const claims = { name: word, email: word, plan: word, locale: word, jti: word, iss: word }
  const client = new ChatClient(service.url, forgeToken({ ...validClaims(), ...claims, [word]: 1 }))
  const names = ['user-agent', 'referer', 'cookie', 'origin', 'x-user-id', 'accept-language', word]
  const identity = ['idempotency-key', 'chatkit-frame-instance-id', 'last-event-id']
  const headers = Object.fromEntries([...names, ...identity].map((name) => [name, word]))
  const params = { input: messageWith(canary), [word]: word }
  const { threadId } = await client.hear(client.stream('threads.create', params, { headers }))
  assert.notEqual(threadId, '')
  const one = { thread_id: threadId, item_id: word, item_ids: [word], after: word }
  for (const type of ['items.list', 'items.feedback', 'threads.update', 'threads.list', word]) {
    const reply = await client.post(type, { ...one, title: canary.text, kind: 'positive' })
    assert.ok(reply.status < 500)
  }
  for (const type of ['threads.get_by_id', 'threads.delete']) {
    await client.post(type, { thread_id: word })
  }
  const result = { [word]: canary.text }
  const output = { thread_id: threadId, result }
  await client.hear(client.stream('threads.add_client_tool_output', output))
  await client.hear(client.stream('threads.retry_after_item', one))
  await sendMalformed(service.url, canary, await tokenOf(alice))
  await eventually(() => buffer.lines('request').length >= 17)
  assert.deepEqual(canary.findIn(buffer.text), [])
})

/** Requests that are refused on the way in; no answer repeats what was wrong with them. */
async function sendMalformed(url: string, { word }: Canary, token: string): Promise<void> {
  const bearer = ['authorization', `Bearer ${token}`] as const
  const json = ['content-type', 'application/json'] as const
  for (const [request, status] of [
    [{ headers: [bearer, json], body: `{"${word}": ${word}` }, 400],
    [{ headers: [bearer, json], body: `{"type":"${word}","params":{"${word}":1}}` }, 400],
    [
      { headers: [bearer, json], body: `{"type":"threads.list","params":{"order":"${word}"}}` },
      400,
    ],
    [{ headers: [bearer, ['content-type', `text/${word}`]], body: word }, 415],
    [{ headers: [['authorization', `Bearer ${word}.${word}.${word}`], json], body: word }, 401],
    [{ headers: [bearer, json, ['idempotency-key', word.repeat(20)]], body: '{}' }, 400],
    [{ method: 'GET', path: `/${word}?token=${word}`, headers: [bearer] }, 404],
    [{ method: 'GET', path: `/${word}%`, headers: [bearer] }, 400],
    [{ method: 'GET', path: `/${word}`, headers: [[`${word} x`, word]] }, 400],
  ] as const) {
    const answer = await sendRaw(url, request)
    assert.equal(answer.status, status)
    assert.ok(!JSON.stringify(answer).includes(word), answer.body)
  }
}

const hostileError = (canary: Canary): object => ({
  error: { message: canary.text, code: canary.word, type: canary.word, param: canary.text },
})

// A provider's words may quote the conversation, the key or the account.
test('nothing that a provider says in its failures gets into the log or to the user', async (t) => {
  const canary = new Canary()
  const buffer = new LogBuffer()
  const begun = textAnswer([canary.text, ' and more']).slice(0, 4)
  const failures: readonly (readonly UpstreamStep[])[] = [
    [{ $status: 400, body: hostileError(canary) }],
    [{ $status: 401, body: hostileError(canary) }],
    [{ $status: 404, body: canary.text }],
    [
      {
        $status: 422,
        body: { error: { message: canary.text, code: `E${canary.word.toUpperCase()}` } },
      },
    ],
    [...begun, { type: 'error', code: canary.word, message: canary.text, param: canary.text }],
    [
      ...begun,
      { type: 'response.failed', response: { ...hostileError(canary), status: 'failed' } },
    ],
    [...begun, { $cut: true }],
    [{ type: canary.word, [canary.word]: canary.text }],
  ]
  const upstream = await startUpstream(t, failures)
  const service = await startService(t, {
    environment: { OPENAI_API_KEY: canary.word, OPENAI_BASE_URL: upstream.url },
    replacements: { modelProvider: undefined, log: buffer.log },
  })
  const client = await service.as(alice)
  for (const [index] of failures.entries()) {
    const { events } = await client.say(`Question ${index}`)
    const last = events.at(-1)
    assert.ok(last?.type === 'error', JSON.stringify(last))
    assert.deepEqual(canary.findIn(JSON.stringify(last)), [])
    assertTellsNothing(JSON.stringify(last))
  }
  await eventually(() => buffer.lines('run ended').length === failures.length)
  assert.deepEqual(canary.findIn(buffer.text), [])
})

/** An answer that names no place in the code, no statement and no machine. */
function assertTellsNothing(answer: string): void {
  assert.doesNotMatch(answer, /\bat .+:\d+|node_modules|\.ts\b|\/work|\/srv|127\.0\.0\.1/)
  assert.doesNotMatch(answer, /\b(select|insert into|relation|constraint|postgres|ECONN)\b/i)
}

test('nothing that the database says gets into the log or to the user', async (t) => {
  const { service, buffer, canary } = await startLogged(t, (chat) => sayWhole(chat, canary.text))
  const client = await service.as(alice)
  const { threadId } = await client.say('Hello')
  const { word } = canary
  await query(
    service.databaseUrl,
    `create function fail() returns trigger language plpgsql as $$ begin
       raise exception '%', E'${word}\\n    at ${word} (x:1:1)' using detail = '${word}', hint = '${word}',
         errcode = 'ECANA', table = '${word}', constraint = '${word}';
     end $$;
     create trigger fail before insert or update on items for each row execute function fail();
     create trigger fail before update on threads for each row execute function fail()`,
  )
  const rename = await client.post('threads.update', { thread_id: threadId, title: canary.text })
  const body = JSON.stringify({ type: 'threads.create', params: { input: messageWith(canary) } })
  const create = await client.fetch(body)
  assert.equal(rename.status, 500)
  for (const text of [rename.text, await create.text()]) {
    assert.match(text, /"internal"|"stream.error"/)
    assert.deepEqual(canary.findIn(text), [])
    assertTellsNothing(text)
  }
  await eventually(() =>
    /"the statement \w+ failed".*"the statement \w+ failed"/s.test(buffer.text),
  )
  assert.match(buffer.text, /"code":"ECANA"/)
  assert.deepEqual(canary.findIn(buffer.text), [])
})

test('nothing that the application throws gets into the log or to the user', async (t) => {
  const thrown: unknown[] = []
  const { service, buffer, canary } = await startLogged(t, async (chat) => {
    await sayWhole(chat, canary.text)
    throw thrown.pop()
  })
  const { text, word } = canary
  const changed = new Error('first')
  changed.message = text
  thrown.push(
    new Error(text),
    new Error('outer', { cause: new TypeError(text, { cause: word }) }),
    new AggregateError([new Error(text)], text),
    Object.assign(new Error(text), { code: word, detail: text, body: text }),
    Object.assign(new Error(text), { code: 'ECONNRESET' }),
    Object.assign(new Error(text), { name: text }),
    Object.assign(new Error(text), { code: 'EPIPE', syscall: text }),
    changed,
    text,
    { message: text, stack: text },
  )
  const client = await service.as(alice)
  for (const count = thrown.length, said = []; said.length < count; said.push(1)) {
    const { events } = await client.say('Hello')
    assert.deepEqual(events.at(-1), { type: 'error', code: 'stream.error', allow_retry: true })
  }
  await eventually(() => buffer.lines('run ended').length === 10)
  assert.deepEqual(canary.findIn(buffer.text), [])
})
