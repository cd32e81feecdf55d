import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { titleOf } from '../../service/agent/agent.ts'
import { categories, ruleFor } from '../../service/agent/expenses/travel-policy.ts'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import type { ThreadItem, WidgetItem } from '../../service/protocol/items.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { query } from '../support/query.ts'
import { alice, startService } from '../support/service.ts'

/** A conversation in which an expense has been drafted; the demo model answers. */
async function drafted(t: TestContext, amount = '42.50') {
  const service = await startService(t)
  const client = await service.as(alice)
  const text = `File an expense of ${amount} EUR for meals at "Trattoria Luigi"`
  const { threadId, events } = await client.say(text)
  const card = await cardIn(client, threadId)
  return { service, client, threadId, events, card, id: idIn(card) }
}

async function cardIn(client: ChatClient, threadId: string): Promise<WidgetItem> {
  const { data } = await client.listItems(threadId)
  const card = data.find((item: ThreadItem) => item.type === 'widget')
  assert.ok(card, 'no card was shown')
  return card
}

function idIn(card: WidgetItem): string {
  const id = /"payload":{"id":"([^"]+)"}/.exec(JSON.stringify(card.widget))?.[1]
  assert.ok(id, 'the card names no expense')
  return id
}

const typesOf = (events: readonly ThreadStreamEvent[]) => events.map(({ type }) => type)

test('every category has a rule with a limit', () => {
  for (const category of categories) assert.ok(ruleFor(category).limit > 0)
})

test('an expense is drafted on a card, with the rule it falls under', async (t) => {
  const { events, card } = await drafted(t)
  assert.ok(events.some((event) => event.type === 'progress_update'))
  const text = JSON.stringify(card.widget)
  for (const part of ['Trattoria Luigi', '42.50', 'Draft', 'Up to 60 a day', 'No receipt']) {
    assert.ok(text.includes(part), `${part} is not on ${text}`)
  }
})

test('a change on the card is kept and drawn at once', async (t) => {
  const { client, threadId, card, id } = await drafted(t)
  const change = (amount: unknown) =>
    client.post<{ updated_item?: WidgetItem; message?: string }>('threads.sync_custom_action', {
      thread_id: threadId,
      item_id: card.id,
      action: { type: 'expense.change', payload: { id, amount, category: 'travel' } },
    })
  const { body } = await change('75')
  assert.match(JSON.stringify(body.updated_item?.widget), /75\.00.*Up to 500 a trip/)
  assert.deepEqual(await cardIn(client, threadId), body.updated_item)
  const refused = await change('-1')
  assert.equal(refused.status, 422)
  assert.match(refused.body.message ?? '', /number above zero/)
})

test('submitting shows the steps, changes the card and names the rule', async (t) => {
  const { service, client, threadId, card, id } = await drafted(t)
  // What the payload says of the amount counts for nothing.
  const action = { type: 'expense.submit', payload: { id, amount: 1_000_000 } }
  const params = { thread_id: threadId, item_id: card.id, action }
  const { events, text } = await client.hear(client.stream('threads.custom_action', params))
  const types = typesOf(events)
  for (const type of ['thread.item.updated', 'thread.item.replaced']) {
    assert.ok(
      types.some((one) => one === type),
      `${type} is not among ${types.join(', ')}`,
    )
  }
  assert.match(text, /€42\.50 for Trattoria Luigi/)
  const said = (await client.listItems(threadId)).data.find(
    (item) => item.type === 'assistant_message',
  )
  assert.deepEqual(said?.content[0]?.annotations[0]?.source, {
    type: 'file',
    filename: 'travel-policy.md',
    title: 'Travel policy, Meals',
  })
  assert.match(JSON.stringify((await cardIn(client, threadId)).widget), /Submitted/)
  const hidden = await query<{ item: { content: string } }>(
    service.databaseUrl,
    'select item from items where hidden',
  )
  assert.match(hidden[0]?.item.content ?? '', /42\.5 EUR/)

  const again = await client.hear(client.stream('threads.custom_action', params))
  const last = again.events.at(-1)
  assert.ok(last?.type === 'error' && !last.allow_retry)
  assert.match(last.message ?? '', /dealt with already/)
})

test('above the limit a reason is asked for, and with it the expense is submitted', async (t) => {
  const { client, threadId, card, id } = await drafted(t, '90')
  assert.match(JSON.stringify(card.widget), /Above the limit/)
  const action = { type: 'expense.submit', payload: { id } }
  const params = { thread_id: threadId, item_id: card.id, action }
  const { events } = await client.hear(client.stream('threads.custom_action', params))
  const form = events.findLast((event) => event.type === 'thread.item.done')?.item
  assert.ok(form?.type === 'structured_input')
  const answer = { [form.inputs[0]?.id ?? '']: { values: ['Dinner with four guests'] } }
  const answers = { thread_id: threadId, item_id: form.id, input: { answers: answer } }
  const { text } = await client.hear(client.stream('threads.add_structured_input', answers))
  assert.match(text, /€90\.00 for Trattoria Luigi/)
  assert.match(JSON.stringify((await cardIn(client, threadId)).widget), /Submitted/)
})

test('an expense of another conversation cannot be named', async (t) => {
  const { client, id } = await drafted(t)
  const other = await client.say('Hello')
  const action = { type: 'expense.submit', payload: { id } }
  const params = { thread_id: other.threadId, action }
  const { events } = await client.hear(client.stream('threads.custom_action', params))
  const last = events.at(-1)
  assert.ok(last?.type === 'error' && /dealt with already/.test(last.message ?? ''))
})

// The answer that drafts the second expense began before the card of the first was changed.
test('a change on a card is not undone by an answer that is being written', async (t) => {
  const { client, threadId, card, id } = await drafted(t)
  const second = {
    thread_id: threadId,
    input: input('File an expense of 7 EUR for supplies at "Papeterie"'),
  }
  const stream = client.stream('threads.add_user_message', second)
  await stream.next()
  const action = { type: 'expense.change', payload: { id, amount: '51', category: 'meals' } }
  const [reply] = await Promise.all([
    client.post('threads.sync_custom_action', { thread_id: threadId, item_id: card.id, action }),
    client.hear(stream),
  ])
  assert.equal(reply.status, 200)
  const submit = { type: 'expense.submit', payload: { id } }
  const params = { thread_id: threadId, item_id: card.id, action: submit }
  const { text } = await client.hear(client.stream('threads.custom_action', params))
  assert.match(text, /€51\.00 for Trattoria Luigi/)
})

const said = (text: string) => titleOf({ content: [{ type: 'input_text', text }] })

test('a title is never cut inside an emoji', () => {
  assert.equal(said(`a${'😀'.repeat(80)}`)?.isWellFormed(), true)
  assert.equal(said('👨‍👩‍👧'.repeat(80))?.endsWith('👨‍👩‍👧…'), true)
  assert.equal(said('short'), 'short')
  assert.equal(said('   '), undefined)
})

test('of two expenses that wait for a reason, each gets its own', async (t) => {
  const { client, threadId, card, id } = await drafted(t, '90')
  await client.say('File an expense of 80 EUR for meals at "Osteria"', threadId)
  const other = await cardIn(client, threadId)
  const forms: string[] = []
  for (const [widget, expense] of [
    [card, id],
    [other, idIn(other)],
  ] as const) {
    const action = { type: 'expense.submit', payload: { id: expense } }
    const params = { thread_id: threadId, item_id: widget.id, action }
    await client.hear(client.stream('threads.custom_action', params))
    const { data } = await client.listItems(threadId)
    forms.push(data.find(({ type }) => type === 'structured_input')?.id ?? '')
  }
  const answer = async (form: string | undefined, expense: string) => {
    const answers = { [`reason.${expense}`]: { values: ['Guests'] } }
    const params = { thread_id: threadId, item_id: form, input: { answers } }
    return (await client.hear(client.stream('threads.add_structured_input', params))).text
  }
  assert.match(await answer(forms[0], id), /€90\.00 for Trattoria Luigi/)
  assert.match(await answer(forms[1], idIn(other)), /€80\.00 for Osteria/)
})
