import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveThread } from '../../service/runs/live-thread.ts'

const stored = {
  id: 'thr_1',
  created_at: '2026-01-01T00:00:00.000Z',
  status: { type: 'active' as const },
  metadata: { order: ['A'] },
}

test('only what is different in the end is a change', () => {
  const thread = new LiveThread(stored)
  thread.title = 'Tides'
  thread.title = undefined
  thread.status = { type: 'active' }
  thread.metadata = { order: ['A'] }
  thread.allowedImageDomains = undefined
  assert.equal(thread.isChanged, false)
  thread.title = 'Tides'
  thread.allowedImageDomains = []
  assert.equal(thread.isChanged, true)
  assert.deepEqual(thread.takeChanges(), { title: 'Tides', allowedImageDomains: [] })
  assert.equal(thread.isChanged, false)
  thread.title = undefined
  assert.deepEqual(thread.takeChanges(), { title: null })
})

test('what the application goes on changing in its own object is no change of the conversation', () => {
  const thread = new LiveThread(stored)
  const metadata: Record<string, unknown> = { order: ['B'] }
  thread.metadata = metadata
  assert.deepEqual(thread.takeChanges(), { metadata: { set: { order: ['B'] }, removed: [] } })
  metadata['order'] = ['C']
  assert.deepEqual([thread.isChanged, thread.metadata], [false, { order: ['B'] }])
})

test('metadata is changed key by key, over what others have changed meanwhile', () => {
  const thread = new LiveThread({ ...stored, metadata: { a: 1, b: 1 } })
  thread.metadata = { ...thread.metadata, a: 2 }
  assert.deepEqual(thread.takeChanges(), { metadata: { set: { a: 2 }, removed: [] } })
  thread.adopt({ ...stored, title: 'Renamed', metadata: { a: 2, b: 7 } })
  assert.deepEqual(
    [thread.title, thread.metadata, thread.isChanged],
    ['Renamed', { a: 2, b: 7 }, false],
  )
  thread.metadata = { b: 7 }
  assert.deepEqual(thread.takeChanges(), { metadata: { set: {}, removed: ['a'] } })
})
