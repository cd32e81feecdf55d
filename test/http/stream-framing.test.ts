import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request as post } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { input } from '../support/chat-client.ts'
import { open, toText } from '../support/raw-http.ts'
import { alice, startService, tokenOf } from '../support/service.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'

// The stream's chunks are framed by our own code: lengths are of bytes, and text has more of them.
const TEXT = 'Grüße, 世界 👩‍🚀'

async function headers() {
  return {
    'content-type': 'application/json',
    authorization: `Bearer ${await tokenOf(alice)}`,
  }
}

function bodyOf(text: string): string {
  return JSON.stringify({ type: 'threads.create', params: { input: input(text) } })
}

test('a connection that has carried a stream carries the next one', async (t) => {
  const application = scripted((chat) => sayWhole(chat, TEXT))
  const { url } = await startService(t, { replacements: { application } })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const sockets = new Set<unknown>()
  for (const text of ['one', 'two']) {
    const asked = post(`${url}/chatkit`, { agent, method: 'POST', headers: await headers() })
    asked.end(bodyOf(text))
    const [answer]: IncomingMessage[] = await once(asked, 'response')
    sockets.add(asked.socket)
    let body = ''
    for await (const chunk of answer?.setEncoding('utf8') ?? []) body += String(chunk)
    assert.ok(body.includes(`"delta":"${TEXT}"`), body)
    assert.ok(body.endsWith('\n\n'), body)
  }
  assert.equal(sockets.size, 1)
})

test('a client of HTTP/1.0 gets the events as they are, until the connection ends', async (t) => {
  const application = scripted((chat) => sayWhole(chat, TEXT))
  const { url } = await startService(t, { replacements: { application } })
  const socket = open(url)
  const asked = toText({ headers: Object.entries(await headers()), body: bodyOf('one') })
  socket.write(asked.replace('HTTP/1.1', 'HTTP/1.0'), 'latin1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  await once(socket, 'close')
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  assert.ok(body.startsWith('id: 1\ndata: {"type":"thread.created"'), body)
  assert.ok(body.includes(`"delta":"${TEXT}"`), body)
  assert.ok(body.endsWith('\n\n'), body)
})
