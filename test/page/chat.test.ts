import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Chat } from '../../service/local/page/chat/chat.ts'
import {
  chatKitFetch,
  stillPage,
  streamOf,
  threadEvent,
  threadOf,
  type Answer,
} from './chatkit-fetch.ts'

function chatOn(answer: Answer): Chat {
  const { fetch } = chatKitFetch(answer)
  return new Chat('alice', { ...stillPage, rawFetch: fetch })
}

const page = (...ids: string[]): Response =>
  Response.json({ data: ids.map((id) => threadOf(id, [], `Title of ${id}`)), has_more: false })

const refusal = (): Response => Response.json({ message: 'Not now.' }, { status: 503 })

test('a new conversation is listed as soon as the server has it, and its title when it has one', async () => {
  const chat = chatOn(() =>
    streamOf(threadEvent('thread.created'), threadEvent('thread.updated', 'T')),
  )
  await chat.state.value.open.send('Hi')
  const [entry] = chat.state.value.threads
  assert.equal(entry?.id, 'thr_1')
  assert.equal(entry.title, 'T')
})

test('another user starts with nothing of the former', async () => {
  const chat = chatOn(() => page('thr_a'))
  await chat.loadList()
  const former = chat.state.value.open
  const switched = chat.switchUser('bob')
  assert.deepEqual(chat.state.value.threads, [])
  assert.notEqual(chat.state.value.open, former)
  await switched
  assert.equal(chat.state.value.user, 'bob')
})

test('a list that arrives after the user changed is dropped', async () => {
  let first = true
  const chat = chatOn(() => {
    const answer = first ? page('thr_alice') : page('thr_bob')
    first = false
    return answer
  })
  await Promise.all([chat.loadList(), chat.switchUser('bob')])
  assert.deepEqual(
    chat.state.value.threads.map(({ id }) => id),
    ['thr_bob'],
  )
})

test('deleting the open conversation leaves it', async () => {
  const chat = chatOn(({ type }) => {
    if (type === 'threads.list') return page('thr_a', 'thr_b')
    return type === 'threads.delete' ? Response.json({}) : Response.json(threadOf('thr_a', []))
  })
  await chat.loadList()
  await chat.open('thr_a')
  await chat.delete('thr_a')
  assert.deepEqual(
    chat.state.value.threads.map(({ id }) => id),
    ['thr_b'],
  )
  assert.equal(chat.state.value.open.state.value.threadId, undefined)
})

test('a change that the server turns down is taken back and explained', async () => {
  const chat = chatOn(({ type }) => (type === 'threads.list' ? page('thr_a') : refusal()))
  await chat.loadList()
  await chat.rename('thr_a', 'New')
  await chat.delete('thr_a')
  assert.equal(chat.state.value.threads[0]?.title, 'Title of thr_a')
  assert.equal(chat.state.value.listProblem, 'Not now.')
})
