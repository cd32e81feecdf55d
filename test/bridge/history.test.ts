import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Author, Converters } from '../../service/protocol/author.ts'
import type { ThreadItemInput } from '../../service/protocol/items.ts'
import { PNG, attach, picture, send, startWithFolder, threadIn } from '../attachments/upload.ts'
import { authored, plainAgent, startAuthored } from '../support/authored.ts'
import { input } from '../support/chat-client.ts'
import { query } from '../support/query.ts'
import { alice } from '../support/service.ts'
import { message, response } from '../support/upstream-items.ts'

type Body<Item> = Item extends unknown ? Omit<Item, 'id' | 'thread_id' | 'created_at'> : never
type ItemBody = Body<ThreadItemInput>

/** An author whose first answer puts items into the conversation; then the agent answers. */
function afterItems(bodies: readonly ItemBody[], converters?: Partial<Converters>): Author {
  let isFirst = true
  return {
    respond: async (chat) => {
      if (!isFirst) return await chat.answerWith(plainAgent)
      isFirst = false
      for (const [index, body] of bodies.entries()) {
        const createdAt = new Date().toISOString()
        const base = { id: `own_${index}`, thread_id: chat.thread.id, created_at: createdAt }
        await chat.send({ type: 'thread.item.done', item: { ...base, ...body } })
      }
    },
    ...(converters && { converters }),
  }
}

/** What the model is told of these items, message by message. */
async function toldOf(
  t: TestContext,
  bodies: readonly ItemBody[],
  converters?: Partial<Converters>,
) {
  const author = afterItems(bodies, converters)
  const { client, upstream } = await startAuthored(t, author, [response(message('Fine.'))])
  const { threadId } = await client.say('Before')
  const { text } = await client.say('After', threadId)
  assert.equal(text, 'Fine.')
  const told = upstream.calls[0]?.body.input
  assert.ok(Array.isArray(told))
  assert.match(JSON.stringify(told.at(0)), /Before/)
  assert.match(JSON.stringify(told.at(-1)), /After/)
  return told.slice(1, -1).map((one: unknown) => JSON.stringify(one))
}

test('the model is told of every kind of item, in order', async (t) => {
  const told = await toldOf(t, [
    { type: 'assistant_message', content: [{ text: 'North.' }, { text: 'South.' }] },
    { type: 'widget', widget: { type: 'Card', children: [{ type: 'Text', value: 'Tide' }] } },
    { type: 'task', task: { type: 'custom', title: 'Drawn', content: 'to scale' } },
    {
      type: 'workflow',
      workflow: {
        type: 'custom',
        tasks: [
          { type: 'custom', title: 'Raised' },
          { type: 'thought', content: 'never told' },
        ],
      },
    },
    {
      type: 'structured_input',
      status: 'answered',
      inputs: [
        { type: 'freeform', id: 'a', question: 'Course?', answer: { values: ['north', 'east'] } },
        { type: 'freeform', id: 'b', question: 'Cargo?', answer: { skipped: true } },
        { type: 'freeform', id: 'c', question: 'Crew?' },
      ],
    },
    { type: 'hidden_context_item', content: { rank: 'captain', n: null } },
    { type: 'sdk_hidden_context', content: 'it was stopped' },
    { type: 'generated_image', image: { id: 'i', url: 'https://img.example/boat.png' } },
    { type: 'generated_image' },
    { type: 'end_of_turn' },
    {
      type: 'client_tool_call',
      call_id: 'c1',
      name: 'pick',
      arguments: {},
      status: 'completed',
      output: [1],
    },
    { type: 'client_tool_call', call_id: 'c2', name: 'pick', arguments: {} },
  ])
  const expected = [
    /assistant.*North\..*South\./,
    /own_1.*Card.*Tide/,
    /Drawn.*to scale/,
    /Raised/,
    /Course\? – north, east.*Cargo\? – skipped.*Crew\? – not answered/,
    /rank.*captain/,
    /it was stopped/,
    /input_image.*https:\/\/img\.example\/boat\.png/,
    /"c1".*"function_call"|"function_call".*"c1"/,
    /function_call_output/,
  ]
  assert.equal(told.length, expected.length, told.join('\n'))
  for (const [index, pattern] of expected.entries()) assert.match(told[index] ?? '', pattern)
  assert.ok(!told.join('').includes('never told'))
})

test('a team may tell of an item in its own way, or not at all', async (t) => {
  const told = await toldOf(
    t,
    [
      { type: 'widget', widget: { type: 'Card', children: [] } },
      { type: 'task', task: { type: 'custom', title: 'Secret' } },
      { type: 'assistant_message', content: [{ text: 'Kept.' }] },
    ],
    {
      item: async ({ type }) => {
        if (type === 'widget') return [{ role: 'system', content: 'a card was shown' }]
        return type === 'task' ? [] : undefined
      },
    },
  )
  assert.equal(told.length, 2)
  assert.match(told[0] ?? '', /system.*a card was shown/)
  assert.match(told[1] ?? '', /Kept\./)
})

function tag(id: string, text: string) {
  return { type: 'input_tag', id, text, data: {} }
}

test('what is mentioned is explained by the team, once each, after the passage it is about', async (t) => {
  const author: Author = {
    respond: (chat) => chat.answerWith(plainAgent),
    converters: {
      tag: async ({ id }) =>
        id === 'u_2' ? undefined : { type: 'input_text', text: `who is ${id}` },
    },
  }
  const { client, upstream } = await startAuthored(t, author, [response(message('Fine.'))])
  const content = [tag('u_1', 'Ada'), tag('u_2', 'Bob'), tag('u_1', 'Ada')]
  const asked = { ...input(''), content, quoted_text: 'a passage' }
  await client.hear(client.stream('threads.create', { input: asked }))
  const told = upstream.calls[0]?.body.input
  assert.ok(Array.isArray(told))
  const texts = told.map((one: unknown) => JSON.stringify(one))
  assert.equal(texts.length, 3)
  assert.match(texts[0] ?? '', /@Ada@Bob@Ada/)
  assert.match(texts[1] ?? '', /a passage/)
  assert.equal(texts[2]?.match(/who is/g)?.length, 1)
})

function file(name: string, mimeType: string, content: string) {
  return { name, mimeType, content: Buffer.from(content) }
}

test('the model sees images and PDF, reads the beginning of texts, and hears the names of others', async (t) => {
  const author: Author = { respond: (chat) => chat.answerWith(plainAgent) }
  const { application, upstream } = await authored(t, author, [response(message('Seen.'))])
  const { service } = await startWithFolder(t, {
    replacements: { application },
    environment: { ATTACHMENT_TYPES: 'image/*,text/*,application/*' },
  })
  const client = await service.as(alice)
  const files = [
    picture,
    file('paper.pdf', 'application/pdf', '%PDF-1.4'),
    file('long.csv', 'text/csv', 'ä,b\n'.repeat(20_000)),
    file('drawing.svg', 'image/svg+xml', '<svg id="s"/>'),
    file('setup.exe', 'application/x-msdownload', 'MZ'),
  ]
  const sent = []
  for (const one of files) sent.push((await attach(client, one)).id)
  const threadId = threadIn(await send(client, sent))
  const told = JSON.stringify(upstream.calls[0]?.body.input)
  assert.ok(told.includes(`"image_url":"data:image/png;base64,${PNG.toString('base64')}"`))
  assert.match(
    told,
    /"file_data":"data:application\/pdf;base64,[^"]+","filename":"paper\.pdf"|"filename":"paper\.pdf"/,
  )
  assert.match(told, /long\.csv.*ä,b.*the rest is left out/)
  assert.ok(told.length < 60_000)
  assert.match(told, /drawing\.svg.*<svg id/)
  assert.match(told, /setup\.exe.*cannot read/)
  // One that is gone must not be in the way of the next question.
  await query(service.databaseUrl, 'delete from attachments where id = $1', [sent[2]])
  await client.say('And now?', threadId)
  assert.match(JSON.stringify(upstream.calls[1]?.body.input), /long\.csv.*not available/)
})
