import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Chat } from '../../service/protocol/chat.ts'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { open, toText } from '../support/raw-http.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, bob, startService, tokenOf } from '../support/service.ts'
import type { TestService } from '../support/service.ts'

const DELTA = 'x'.repeat(16 * 1024)
const DELTAS_MAX = 2_000 // more than any kernel holds for a connection that is not read
/** What the feed keeps for its readers, twice: once in it and once on the way to the socket. */
const BUFFERED_MAX = 2 * 256 * 1024 + 64 * 1024

/** Sends a request for a stream and never reads a byte of its answer. */
async function neverRead(t: TestContext, service: TestService): Promise<Socket> {
  const socket = open(service.url)
  socket.on('error', () => undefined)
  t.after(() => socket.destroy())
  socket.pause()
  const headers = [
    ['content-type', 'application/json'],
    ['authorization', `Bearer ${await tokenOf(alice)}`],
  ] as const
  const body = JSON.stringify({ type: 'threads.create', params: { input: input('flood') } })
  socket.write(toText({ headers, body }))
  return socket
}

/** The connections of a service, from its side. */
function connectionsOf({ service }: TestService): Set<Socket> {
  const sockets = new Set<Socket>()
  service.app.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  return sockets
}

interface Flood {
  /** Whether to go on; asked before every delta. */
  goOn: (sent: number) => boolean
  /** What to wait for before the answer ends. */
  before: Promise<unknown>
}

/** Says a lot in one conversation, a word in every other. */
function flooding(flood: Flood) {
  return scripted(async (chat: Chat, message) => {
    const answer = await beginMessage(chat)
    if (message?.content[0]?.text === 'flood') {
      for (let sent = 0; flood.goOn(sent); sent += 1) {
        await answer.add(DELTA)
        await turn()
      }
      await flood.before
    }
    await answer.add('end')
    await answer.done()
  })
}

async function statusOfFlood({ databaseUrl }: TestService): Promise<string | undefined> {
  const rows = await query<{ status: string }>(
    databaseUrl,
    `select status from runs where user_id = 'alice'`,
  )
  return rows[0]?.status
}

async function lengthOfAnswer({ databaseUrl }: TestService): Promise<number> {
  const rows = await query<{ length: number }>(
    databaseUrl,
    `select length(item #>> '{content,0,text}') as length
       from items where user_id = 'alice' and type = 'assistant_message'`,
  )
  return rows[0]?.length ?? 0
}

// A thousand readers that never read would otherwise fill the memory of the process.
test('a reader that never reads is let go; its answer ends, and others do not wait', async (t) => {
  const bobIsDone = Promise.withResolvers<void>()
  let buffered = 0
  let count = 0
  const flood: Flood = {
    goOn: (sent) => {
      count = sent
      for (const { writableLength } of connections) buffered = Math.max(buffered, writableLength)
      return sent < DELTAS_MAX && connections.size > others
    },
    before: bobIsDone.promise,
  }
  const service = await startService(t, { replacements: { application: flooding(flood) } })
  const connections = connectionsOf(service)
  let others = 0
  await neverRead(t, service)
  await eventually(() => count > 10)
  const said = await (await service.as(bob)).say('Hello')
  assert.equal(said.text, 'end', 'while the other answer is under way')
  others = 1 // what bob's client keeps open
  await eventually(() => connections.size <= others)
  bobIsDone.resolve()
  await eventually(async () => (await statusOfFlood(service)) === 'done')
  assert.equal(await lengthOfAnswer(service), count * DELTA.length + 3)
  assert.ok(buffered < BUFFERED_MAX, `${buffered} bytes waited for the reader`)
})

test('a reader that has stopped reading is let go after two pings, also without more text', async (t) => {
  let isFull = false
  const gone = Promise.withResolvers<void>()
  const flood: Flood = {
    goOn: (sent) => {
      isFull ||= [...connections].some((socket) => socket.writableNeedDrain)
      return !isFull && sent < DELTAS_MAX
    },
    before: gone.promise,
  }
  const service = await startService(t, {
    replacements: { application: flooding(flood) },
    environment: { HEARTBEAT_SECONDS: '1' },
  })
  const connections = connectionsOf(service)
  await neverRead(t, service)
  await eventually(() => isFull)
  await eventually(() => connections.size === 0)
  gone.resolve()
  await eventually(async () => (await statusOfFlood(service)) === 'done')
})
