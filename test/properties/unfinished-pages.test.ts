import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { toFrame } from '../../service/protocol/frames.ts'
import type { AssistantMessageItem } from '../../service/protocol/items.ts'
import { openThread } from '../../service/runs/visible-items.ts'
import type { Store } from '../../service/store/store.ts'
import { converse, OWNER, startStore } from '../support/ledger.ts'
import type { LiveConversation } from '../support/ledger.ts'
import '../support/random.ts'

// What an answer has begun is shown from its frames, and what is done from the rows. The frames are
// written now and then and the rows at once, so an item may be in both: it must be visited once.

const RUNS = 60
const BEGUN_MAX = 2
const PAGES_MAX = 60

/** An answer that goes on a step at a time, and whose frames are stored when it is told so. */
class SteppedAnswer {
  readonly #store: Store
  readonly #conversation: LiveConversation
  readonly #begun: AssistantMessageItem[] = []
  #frames = ''
  #firstSequence = 1
  #sequence = 0

  constructor(store: Store, conversation: LiveConversation) {
    this.#store = store
    this.#conversation = conversation
  }

  async step(step: Step): Promise<void> {
    if (step === 'begin' && this.#begun.length < BEGUN_MAX) {
      const item = this.#conversation.say(`Message ${this.#sequence}`)
      this.#begun.push(item)
      this.#frames += toFrame((this.#sequence += 1), { type: 'thread.item.added', item })
    }
    if (step === 'end') {
      const item = this.#begun.shift()
      if (item === undefined) return
      assert.ok(await this.#store.ledger.saveItem(this.#conversation.lease, item))
      this.#frames += toFrame((this.#sequence += 1), { type: 'thread.item.done', item })
    }
    if (step === 'checkpoint' && this.#frames !== '') {
      const { lease } = this.#conversation
      const checkpoint = { lease, firstSequence: this.#firstSequence, frames: this.#frames }
      assert.ok((await this.#store.ledger.checkpoint([checkpoint])).get(lease.runId)?.written)
      this.#frames = ''
      this.#firstSequence = this.#sequence + 1
    }
  }
}

const step = fc.constantFrom('begin' as const, 'end' as const, 'checkpoint' as const)
type Step = 'begin' | 'end' | 'checkpoint'

const steps = fc.array(step, { maxLength: 4 })
const reading = fc.record({
  order: fc.constantFrom('asc' as const, 'desc' as const),
  limit: fc.integer({ min: 1, max: 4 }),
  before: fc.array(step, { minLength: 4, maxLength: 14 }),
  betweenPages: fc.array(steps, { minLength: 1, maxLength: 6 }),
})

test('an item that is done between two pages, or known as begun, is visited once', async (t) => {
  const { store } = await startStore(t)
  // No answer is written by this process, so each is read from what is stored.
  const parts = { store, runs: { findInThread: () => undefined }, context: OWNER, quota: {} }
  const property = fc.asyncProperty(reading, async ({ order, limit, before, betweenPages }) => {
    const conversation = await converse(store)
    const answer = new SteppedAnswer(store, conversation)
    const read = async (page: { order: 'asc' | 'desc'; limit: number; after?: string }) => {
      const { items } = await openThread(conversation.threadId, page, parts)
      const rows: { id: string }[] = JSON.parse(`[${items.rows}]`)
      return { ids: rows.map(({ id }) => id), hasMore: items.has_more }
    }
    const everything = async () => (await read({ order: 'asc', limit: 1_000 })).ids
    for (const each of before) await answer.step(each)
    const atFirst = await everything()
    const visited: string[] = []
    for (let count = 0; ; count += 1) {
      assert.ok(count < PAGES_MAX, 'pages have an end')
      const after = visited.at(-1)
      const page = await read({ order, limit, ...(after === undefined ? {} : { after }) })
      assert.ok(page.ids.length <= limit && (page.ids.length > 0 || !page.hasMore))
      visited.push(...page.ids)
      if (!page.hasMore) break
      for (const each of betweenPages[count] ?? []) await answer.step(each)
    }
    await answer.step('checkpoint')
    assert.deepEqual(visited, [...new Set(visited)], 'nothing is visited twice')
    assert.deepEqual(
      atFirst.filter((id) => !visited.includes(id)),
      [],
      'nothing is left out',
    )
    const inOrder = (await everything()).filter((id) => visited.includes(id))
    assert.deepEqual(visited, order === 'asc' ? inOrder : inOrder.toReversed(), 'one order')
  })
  await fc.assert(property, { numRuns: RUNS })
})

// The process that is asked for the next page may not have seen the newest frames.
test('a page goes on from an item that is stored, where it has one', async (t) => {
  const { store } = await startStore(t)
  const parts = { store, runs: { findInThread: () => undefined }, context: OWNER, quota: {} }
  const conversation = await converse(store)
  const answer = new SteppedAnswer(store, conversation)
  for (const each of ['begin', 'end', 'begin', 'begin', 'checkpoint'] as const) {
    await answer.step(each)
  }
  const lengths: number[] = []
  let after: string | undefined
  do {
    const request = { order: 'asc', limit: 3, after } as const
    const { items } = await openThread(conversation.threadId, request, parts)
    const page: unknown[] = JSON.parse(`[${items.rows}]`)
    lengths.push(page.length)
    after = items.after
  } while (after !== undefined)
  assert.deepEqual(lengths, [2, 2], 'what is stored, and then what is being written')
})
