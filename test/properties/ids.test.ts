import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { newId } from '../../service/protocol/ids.ts'
import type { IdKind } from '../../service/protocol/ids.ts'
import '../support/random.ts'

const IDS = 100_000
const kinds: readonly IdKind[] = ['thread', 'message', 'toolCall', 'workflow', 'attachment', 'run']

test(`among ${IDS} ids none is there twice, and their random parts differ too`, () => {
  const randomParts = new Set<string>()
  for (let index = 0; index < IDS; index += 1) {
    const id = newId(kinds[index % kinds.length] ?? 'message')
    assert.match(id, /^(thr|msg|tc|wf|atc|run)_[0-9a-z]{30}$/)
    randomParts.add(id.slice(-20))
  }
  assert.equal(randomParts.size, IDS)
})

test('ids sort by the millisecond in which they were made, now and in centuries', (t) => {
  t.mock.timers.enable({ apis: ['Date'] })
  const time = fc.integer({ min: 0, max: Date.UTC(2500, 0) })
  fc.assert(
    fc.property(fc.array(time, { minLength: 2, maxLength: 60 }), (times) => {
      const made = times.map((milliseconds) => {
        t.mock.timers.setTime(milliseconds)
        return { milliseconds, id: newId('message') }
      })
      const byId = made.toSorted((one, other) => (one.id < other.id ? -1 : 1))
      assert.deepEqual(
        byId.map(({ milliseconds }) => milliseconds),
        times.toSorted((one, other) => one - other),
      )
    }),
    { numRuns: 300 },
  )
})
