import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Theme } from '../../service/local/page/chat/client-tools.ts'
import { ConversationSession } from '../../service/local/page/chat/conversation-session.ts'
import { ChatServer } from '../../service/local/page/chat/server.ts'
import { fetchAs } from '../../service/local/page/chat/token-source.ts'
import { textOf } from '../../service/local/page/chat/turns.ts'
import {
  assistantMessage,
  chatKitFetch,
  itemAdded,
  itemDone,
  openStream,
  stillPage,
  streamOf,
  textDelta,
  threadEvent,
  threadOf,
  toolCall,
  userMessage,
  type Answer,
  type Asked,
} from './chatkit-fetch.ts'

interface Opened {
  readonly session: ConversationSession
  readonly asked: Asked[]
  readonly themes: Theme[]
}

function sessionOn(answer: Answer, threadId?: string): Opened {
  const { fetch, asked } = chatKitFetch(answer)
  const server = new ChatServer(fetchAs('alice', fetch), stillPage.putFile)
  const themes: Theme[] = []
  const surroundings = {
    ...stillPage,
    server,
    switchTheme: (theme: Theme) => void themes.push(theme),
    onThread: () => undefined,
  }
  return { session: new ConversationSession(surroundings, threadId), asked, themes }
}

const opening = [threadEvent('thread.created'), itemDone(userMessage('msg_1', 'Hi'))]

test('a first message creates a conversation, a second one joins it', async () => {
  const { session, asked } = sessionOn(({ type }) =>
    type === 'threads.create'
      ? streamOf(...opening, itemDone(assistantMessage('msg_2', 'Hello.')))
      : streamOf(itemDone(userMessage('msg_3', 'Bye'))),
  )
  await session.send('Hi')
  await session.send('Bye')
  assert.deepEqual(
    asked.map(({ type, params }) => [type, params['thread_id']]),
    [
      ['threads.create', undefined],
      ['threads.add_user_message', 'thr_1'],
    ],
  )
  assert.equal(session.state.value.items.length, 3)
  assert.equal(session.state.value.phase, 'idle')
})

test('stop keeps the text that has arrived and tells the server nothing', async () => {
  const { session, asked } = sessionOn((_, signal) => {
    const events = [
      ...opening,
      itemAdded(assistantMessage('msg_2')),
      textDelta('msg_2', 'Once upon'),
    ]
    return openStream(signal, events).response
  })
  session.state.listen(() => {
    if (textOf(session.state.value.items) === 'Once upon') session.stop()
  })
  await session.send('Tell me a story')
  assert.equal(textOf(session.state.value.items), 'Once upon')
  assert.equal(session.state.value.failure, undefined)
  assert.equal(asked.length, 1)
})

test('a broken connection keeps the text, says so and offers a retry', async () => {
  const { session } = sessionOn((_, signal) => {
    const { response, end } = openStream(signal, [
      ...opening,
      itemDone(assistantMessage('a', 'So')),
    ])
    setTimeout(() => end(new TypeError('network error')), 10)
    return response
  })
  await session.send('Hi')
  assert.equal(textOf(session.state.value.items), 'So')
  assert.match(session.state.value.failure?.message ?? '', /connection/)
  assert.equal(session.state.value.failure?.retryable, true)
})

test('a refusal is shown in the words of the server, and the message comes back', async () => {
  const { session } = sessionOn(() =>
    Response.json({ message: 'Too many messages at once.' }, { status: 429 }),
  )
  await session.send('Hi')
  assert.equal(session.state.value.failure?.message, 'Too many messages at once.')
  assert.equal(session.state.value.unsent, 'Hi')
})

test('a tool of the page runs after the stream, and its result goes on with the answer', async () => {
  const { session, asked, themes } = sessionOn(({ type }) => {
    if (type === 'threads.create') {
      const call = { ...Object(toolCall('tc_1', 'switch_theme')), arguments: { theme: 'dark' } }
      return streamOf(...opening, itemDone(call))
    }
    return streamOf(itemDone(assistantMessage('msg_3', 'Dark it is.')))
  })
  await session.send('Dark, please')
  assert.deepEqual(themes, ['dark'])
  assert.deepEqual(asked[1], {
    type: 'threads.add_client_tool_output',
    params: { thread_id: 'thr_1', result: { theme: 'dark' } },
  })
  assert.equal(textOf(session.state.value.items), 'Dark it is.')
})

test('an unknown tool is answered too, and an endless chain of calls ends', async () => {
  const { session, asked } = sessionOn(() =>
    streamOf(threadEvent('thread.created'), itemDone(toolCall(crypto.randomUUID(), 'toString'))),
  )
  await session.send('Hi')
  assert.deepEqual(asked[1]?.params['result'], { error: 'This page has no tool named toString.' })
  assert.equal(asked.length, 16)
  assert.equal(session.state.value.phase, 'idle')
})

test('retry names the last user message and drops the old answer', async () => {
  const thread = threadOf('thr_1', [userMessage('msg_1', 'Hi'), assistantMessage('msg_2', 'Old')])
  const { session, asked } = sessionOn(
    ({ type }) =>
      type === 'threads.get_by_id'
        ? Response.json(thread)
        : streamOf(itemDone(assistantMessage('msg_3', 'New'))),
    'thr_1',
  )
  await session.load()
  await session.retry()
  assert.deepEqual(asked[1], {
    type: 'threads.retry_after_item',
    params: { thread_id: 'thr_1', item_id: 'msg_1' },
  })
  assert.equal(textOf(session.state.value.items), 'New')
})

test('a retry that is turned down leaves the old answer where it was', async () => {
  const thread = threadOf('thr_1', [userMessage('msg_1', 'Hi'), assistantMessage('msg_2', 'Old')])
  const { session } = sessionOn(
    ({ type }) =>
      type === 'threads.get_by_id'
        ? Response.json(thread)
        : Response.json({ message: 'Not now.' }, { status: 429 }),
    'thr_1',
  )
  await session.load()
  await session.retry()
  assert.equal(textOf(session.state.value.items), 'Old')
  assert.equal(session.state.value.failure?.message, 'Not now.')
})

// Another tab asked for the answer that is under way, so this one has to go on looking for its end.
test('while another tab is answered, a refusal leaves what is shown, and is not taken for an end', async () => {
  const message = 'This conversation is being answered elsewhere.'
  const busy = { type: 'error', code: 'custom', message, allow_retry: true }
  const half = [userMessage('msg_1', 'Hi'), assistantMessage('msg_2', 'Once')]
  const { session } = sessionOn(
    ({ type }) =>
      type === 'threads.get_by_id' ? Response.json(threadOf('thr_1', half)) : streamOf(busy),
    'thr_1',
  )
  await session.load()
  await session.retry()
  assert.equal(textOf(session.state.value.items), 'Once')
  await session.send('Me too')
  const { endSeen, failure, unsent } = session.state.value
  assert.deepEqual([endSeen, failure?.message, unsent], [false, message, 'Me too'])
  assert.equal(textOf(session.state.value.items), 'Once')
})

// The official client pages by the last item it received, so that is what a server must survive.
test('a long conversation is read to its end, page by page', async () => {
  const { session, asked } = sessionOn(({ type, params }) => {
    if (type === 'threads.get_by_id') {
      const thread = Object(threadOf('thr_1', []))
      const items = { data: [userMessage('msg_1', 'Hi')], has_more: true }
      return Response.json({ ...thread, items })
    }
    return params['after'] === 'msg_1'
      ? Response.json({ data: [assistantMessage('msg_2', 'A')], has_more: true, after: 'not_this' })
      : Response.json({ data: [assistantMessage('msg_3', 'B')], has_more: false })
  }, 'thr_1')
  await session.load()
  assert.deepEqual(
    asked.map(({ params }) => params['after']),
    [undefined, 'msg_1', 'msg_2'],
  )
  assert.equal(session.state.value.items.length, 3)
})

test('a refresh brings in what another tab made of the last turn', async () => {
  let answer = 'Once'
  const { session } = sessionOn(({ type }) => {
    const message = assistantMessage('msg_2', answer)
    return type === 'threads.get_by_id'
      ? Response.json(threadOf('thr_1', [userMessage('msg_1', 'Hi'), message]))
      : Response.json({ data: [message], has_more: false })
  }, 'thr_1')
  await session.load()
  assert.equal(await session.refresh(), false)
  answer = 'Once upon a time'
  assert.equal(await session.refresh(), true)
  assert.equal(textOf(session.state.value.items), 'Once upon a time')
})
