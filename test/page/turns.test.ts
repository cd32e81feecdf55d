import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupByDay } from '../../service/local/page/chat/group-by-day.ts'
import { turnsOf } from '../../service/local/page/chat/turns.ts'
import { Item } from '../../service/local/page/wire/items.ts'
import { assistantMessage, userMessage } from './chatkit-fetch.ts'

/** A time in March 2026, on the reader's clock. */
function at(day: number, hour: number): string {
  return new Date(2026, 2, day, hour).toISOString()
}

test('a turn is a message and what answered it; an end mark divides answers', () => {
  const mark = { id: 'e', type: 'end_of_turn', created_at: '2026-03-01T10:00:00Z' }
  const items = [
    assistantMessage('greeting', 'Hello'),
    userMessage('u1', 'Hi'),
    assistantMessage('a1', 'One'),
    mark,
    assistantMessage('a2', 'Two'),
    userMessage('u2', 'Bye'),
  ]
  const turns = turnsOf(items.map((item) => Item.parse(item)))
  assert.deepEqual(
    turns.map(({ key, answer }) => [key, answer.length]),
    [
      ['greeting', 1],
      ['u1', 1],
      ['a2', 1],
      ['u2', 0],
    ],
  )
})

test('conversations are grouped by the day of the reader, in the order of the list', () => {
  const now = new Date(2026, 2, 10, 0, 30)
  const threads = [at(10, 0), at(9, 23), at(9, 1), at(4, 12), at(1, 12)].map(
    (created_at, index) => {
      return { id: String(index), title: undefined, created_at }
    },
  )
  assert.deepEqual(
    groupByDay(threads, now).map((group) => [group.label, group.threads.length]),
    [
      ['Today', 1],
      ['Yesterday', 2],
      ['Last 7 days', 1],
      ['Older', 1],
    ],
  )
})
