import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { LocalPlace } from '../support/local-start.ts'

// So many that each process has some of them: connections are dealt out in turn.
const TOPICS = ['lighthouses', 'bridges', 'tunnels', 'harbours']
const RECOVERY_MS_MAX = 15_000 * 2 // the bar is 15 s; other tests run meanwhile
const AT_ONCE_MS_MAX = 8_000 // the lease of a lost process is not over by then
// 250 ms at the pace of the demo model are 10; the rest is for a machine that is busy.
const UNSAVED_WORDS_MAX = 80

test('a process killed in the middle of an answer is replaced, and its text is kept', async (t) => {
  const place = await LocalPlace.make(t)
  const start = place.start()
  await start.ready()
  const client = await place.as('alice')
  const answers = TOPICS.map((topic) => new LongAnswer(client, topic))
  await eventually(() => answers.every(({ words }) => words > 2 * UNSAVED_WORDS_MAX))

  const [victim = 0, survivor = 0] = start.workers()
  process.kill(victim, 'SIGKILL')
  // A connection that was open to the lost process breaks; the next one leads to the other.
  const threads = await eventually(
    () => client.listThreads().catch(() => undefined),
    AT_ONCE_MS_MAX,
  )
  assert.deepEqual(
    threads.data.map(({ id }) => id).toSorted(),
    answers.map(({ threadId }) => threadId).toSorted(),
  )
  await eventually(() => answers.some(({ state }) => state === 'cut'))
  const wordsThen = answers.map(({ words }) => words)
  const going = answers.filter(({ state }) => state === 'going')
  assert.ok(going.length > 0, 'the other process goes on with its answers')
  await eventually(() => answers.some(({ words }, index) => words > (wordsThen[index] ?? 0)))
  await eventually(() => start.workers().length === 2)
  assert.ok(start.workers().includes(survivor))
  assert.match(start.output, /A process ended by SIGKILL; another one takes its place\./)

  const cuts = answers.filter(({ state }) => state === 'cut')
  await Promise.all(
    cuts.map(async (cut) => {
      const kept = await eventually(() => assistantText(client, cut.threadId), RECOVERY_MS_MAX)
      assert.ok(kept.startsWith(cut.text) || cut.text.startsWith(kept))
      assert.ok(wordsIn(kept) > cut.words - UNSAVED_WORDS_MAX, `${wordsIn(kept)} of ${cut.words}`)
      await eventually(() => accepts(client, cut.threadId), RECOVERY_MS_MAX)
      const { data } = (await client.getThread(cut.threadId)).items
      assert.deepEqual(
        data.map(({ type }) => type),
        ['user_message', 'assistant_message', 'user_message', 'assistant_message'],
      )
    }),
  )
  start.interrupt()
  assert.equal(await start.end(), 0, start.output)
  assert.doesNotMatch(start.output, /Error|\n\s+at /)
})

// Nobody can clean up after kill -9, so everything must notice by itself.
test('nothing outlives a start that was killed, and the next one works', async (t) => {
  const place = await LocalPlace.make(t)
  const first = place.start()
  await first.ready()
  const { threadId } = await (await place.as('alice')).say('Hello')
  const answer = new LongAnswer(await place.as('alice'), 'lighthouses')
  await eventually(() => answer.words > 20)
  process.kill(first.pid, 'SIGKILL')
  await eventually(() => place.processes().length === 0)

  const second = place.start()
  await second.ready()
  const client = await place.as('alice')
  const ids = (await client.listThreads()).data.map(({ id }) => id)
  assert.deepEqual(ids.toSorted(), [threadId, answer.threadId].toSorted())
  await eventually(() => assistantText(client, answer.threadId))
  second.interrupt()
  assert.equal(await second.end(), 0, second.output)
})

// Ctrl-C reaches everything that is just being started, and all of it has something to complain of.
for (const [when, isThen] of [
  ['its database is being made', (log: string) => log === ''],
  ['its database is ready', (log: string) => log.includes('ready to accept connections')],
] as const) {
  test(`a start that is interrupted when ${when} ends in silence, and the next one works`, async (t) => {
    const place = await LocalPlace.make(t)
    const first = place.start()
    // Nothing is listened to before there is anything to end.
    await eventually(async () => (await place.hasBegun()) && isThen(await place.log()))
    first.interrupt()
    assert.equal(await first.end(), 0, first.output)
    assert.equal(first.output.trim(), 'Stopping …')
    await eventually(() => place.processes().length === 0)
    const second = place.start()
    await second.ready()
    second.interrupt()
    assert.equal(await second.end(), 0, second.output)
  })
}

/** An answer of several seconds, listened to in the background. */
class LongAnswer {
  threadId = ''
  text = ''
  state: 'going' | 'cut' | 'done' = 'going'

  constructor(client: ChatClient, topic: string) {
    const stream = client.stream('threads.create', {
      input: input(`Write a long article about ${topic}`),
    })
    this.#listen(stream).then(
      () => (this.state = 'done'),
      () => (this.state = 'cut'),
    )
  }

  get words(): number {
    return wordsIn(this.text)
  }

  async #listen(stream: AsyncIterable<ThreadStreamEvent>): Promise<void> {
    for await (const event of stream) {
      if (event.type === 'thread.created') this.threadId = event.thread.id
      if (event.type !== 'thread.item.updated') continue
      if (event.update.type === 'assistant_message.content_part.text_delta') {
        this.text += event.update.delta
      }
    }
  }
}

async function assistantText(client: ChatClient, threadId: string): Promise<string | undefined> {
  const { data } = (await client.getThread(threadId)).items
  const message = data.find((item) => item.type === 'assistant_message')
  return message?.content.map((part) => part.text).join('') || undefined
}

/** Whether a conversation takes a new message, and answers it. */
async function accepts(client: ChatClient, threadId: string): Promise<boolean> {
  const { events } = await client.say('Are you there?', threadId)
  return !events.some(({ type }) => type === 'error')
}

function wordsIn(text: string): number {
  return text.match(/\S+/g)?.length ?? 0
}
