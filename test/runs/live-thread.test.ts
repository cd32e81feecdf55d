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
  assert.deepEqual(thread.takeChanges(), { metadata: { order: ['B'] } })
  metadata['order'] = ['C']
  assert.deepEqual([thread.isChanged, thread.metadata], [false, { order: ['B'] }])
})
