import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import type { Task } from '../../service/protocol/tasks.ts'
import { outline, plainAuthor, startAuthored } from '../support/authored.ts'
import { hosted, image, message, response, thoughts, beginning } from '../support/upstream-items.ts'
import { completed } from '../support/upstream.ts'

/** The tasks of a conversation's only workflow, as they are in the end. */
function tasksIn(events: readonly ThreadStreamEvent[]): readonly Task[] {
  const workflows = events.flatMap((event) =>
    event.type === 'thread.item.done' && event.item.type === 'workflow'
      ? [event.item.workflow]
      : [],
  )
  assert.equal(workflows.length, 1)
  return workflows[0]?.tasks ?? []
}

function stagesOf(events: readonly ThreadStreamEvent[], index: number): readonly Task[] {
  return events.flatMap((event) => {
    if (event.type === 'thread.item.added' && event.item.type === 'workflow') {
      return event.item.workflow.tasks[index] ?? []
    }
    if (event.type !== 'thread.item.updated' || !('task_index' in event.update)) return []
    return event.update.task_index === index ? event.update.task : []
  })
}

const webSearch = hosted(
  { type: 'web_search_call' },
  {
    action: {
      type: 'search',
      query: 'tides',
      queries: ['tides', 'high water'],
      sources: [
        { type: 'url', url: 'https://tides.example/a' },
        { type: 'url', url: 'javascript:alert(1)' },
        { type: 'api', name: 'weather' },
      ],
    },
  },
)

test('a search on the web is a task: it loads, then has its queries and the pages it read', async (t) => {
  const { client } = await startAuthored(t, plainAuthor, [response(webSearch, message('Found.'))])
  const { events, text } = await client.say('Search')
  assert.equal(text, 'Found.')
  const [begun, ended] = stagesOf(events, 0)
  assert.deepEqual(begun, {
    type: 'web_search',
    status_indicator: 'loading',
    queries: [],
    sources: [],
  })
  assert.deepEqual(ended, {
    type: 'web_search',
    status_indicator: 'complete',
    title_query: 'tides',
    queries: ['tides', 'high water'],
    sources: [{ type: 'url', url: 'https://tides.example/a', title: 'tides.example' }],
  })
  assert.deepEqual(tasksIn(events), [ended])
})

test('files, code and calls of other servers are tasks; what the servers said is not shown', async (t) => {
  const answer = response(
    hosted(
      { type: 'file_search_call', queries: ['harbour'] },
      { results: [{ filename: 'a.pdf' }, { filename: 'a.pdf' }, { filename: 'b.pdf' }, {}] },
    ),
    hosted({ type: 'code_interpreter_call', code: '' }, { code: 'print("```")' }),
    hosted(
      { type: 'mcp_call', server_label: 'shop', name: 'orders', arguments: '{"key":"SECRET"}' },
      { output: 'SECRET' },
    ),
    hosted({ type: 'mcp_call', server_label: 'shop', name: 'pay' }, { status: 'failed' }),
    hosted({ type: 'mcp_list_tools', server_label: 'shop', tools: [] }),
    message('Done.'),
  )
  const { client } = await startAuthored(t, plainAuthor, [answer])
  const { events } = await client.say('Work')
  assert.deepEqual(tasksIn(events), [
    {
      type: 'file',
      status_indicator: 'complete',
      title: 'harbour',
      sources: [
        { type: 'file', filename: 'a.pdf', title: 'a.pdf' },
        { type: 'file', filename: 'b.pdf', title: 'b.pdf' },
      ],
    },
    {
      type: 'custom',
      status_indicator: 'complete',
      icon: 'square-code',
      title: 'Code',
      content: '````\nprint("```")\n````',
    },
    { type: 'custom', status_indicator: 'complete', icon: 'bolt', title: 'shop: orders' },
    { type: 'custom', status_indicator: 'none', icon: 'bolt', title: 'shop: pay' },
  ])
  assert.ok(!JSON.stringify(events).includes('SECRET'))
})

test('thinking and searching are one workflow, in the order in which they happened', async (t) => {
  const answer = response(thoughts('I must look.'), webSearch, thoughts('I see.'), message('So.'))
  const { client } = await startAuthored(t, plainAuthor, [answer])
  const { events } = await client.say('Think')
  assert.deepEqual(
    tasksIn(events).map(({ type }) => type),
    ['thought', 'web_search', 'thought'],
  )
  assert.deepEqual(outline(events).slice(0, 2), ['added workflow', 'workflow.task.added'])
})

test('calls that are odd or incomplete are shown as far as they go, and the answer goes on', async (t) => {
  const odd = [
    hosted({ type: 'web_search_call', action: 'tides' }),
    hosted({ type: 'web_search_call', action: { type: 'open_page', url: 'https://a.example/x' } }),
    hosted({ type: 'file_search_call', queries: 'tides', results: { 0: 'a.pdf' } }),
    hosted({ type: 'mcp_call' }),
    hosted({ type: 'from_the_future' }),
  ]
  const { client } = await startAuthored(t, plainAuthor, [
    // The last one begins and is never ended.
    [
      ...beginning(...odd, webSearch).slice(0, -1),
      ...beginning(message('Well.')).slice(1),
      completed([]),
    ],
    response(message('Well.')),
  ])
  const { events, text } = await client.say('Search')
  assert.equal(text, 'Well.')
  const tasks = tasksIn(events)
  assert.deepEqual(
    tasks.map((task) => [task.type, task.status_indicator]),
    [
      ['web_search', 'complete'],
      ['web_search', 'complete'],
      ['file', 'complete'],
      ['custom', 'complete'],
      ['web_search', 'none'],
    ],
  )
  assert.ok(tasks[1]?.type === 'web_search' && tasks[1].sources.length === 1)
})

test('a team may keep the tools of the provider to itself', async (t) => {
  const author = { ...plainAuthor, converters: { hostedTools: false } }
  const { client } = await startAuthored(t, author, [response(webSearch, message('Found.'))])
  const { events } = await client.say('Search')
  assert.ok(!outline(events).some((line) => line.includes('workflow')))
})

test('an image grows through its stages; one that fails is taken back', async (t) => {
  const answer = response(image('RklOQUw=', 'T05F', 'VFdP'), image(null, 'T05F'), message('There.'))
  const { client } = await startAuthored(t, plainAuthor, [answer])
  const { events, threadId } = await client.say('Draw')
  assert.deepEqual(outline(events).slice(0, 8), [
    'added generated_image',
    'generated_image.updated',
    'generated_image.updated',
    'done generated_image',
    'added generated_image',
    'generated_image.updated',
    'removed generated_image',
    'added assistant_message',
  ])
  const images = (await client.listItems(threadId)).data.filter(
    ({ type }) => type === 'generated_image',
  )
  assert.deepEqual(
    images.map((item) => item.type === 'generated_image' && item.image),
    [{ id: 'ig_0', url: 'data:image/png;base64,RklOQUw=' }],
  )
})

// The SDK asks again for an answer without a message, and each time another image would be paid
// for.
test('an image alone is a whole answer: it is asked for once', async (t) => {
  const { client, upstream } = await startAuthored(t, plainAuthor, [
    response(thoughts('A cat.'), image('Q0FU')),
  ])
  const { events } = await client.say('Draw a cat')
  assert.deepEqual(outline(events).slice(-2), ['added generated_image', 'done generated_image'])
  assert.equal(upstream.calls.length, 1)
})

test('after an image that has failed the model goes on', async (t) => {
  const { client, upstream } = await startAuthored(t, plainAuthor, [
    response(image(null)),
    response(image('Q0FU'), message('There.')),
  ])
  assert.equal((await client.say('Draw a cat')).text, 'There.')
  assert.equal(upstream.calls.length, 2)
})

test('a team decides where images are kept, what a source is, and how far an image has come', async (t) => {
  const kept: string[] = []
  const author = {
    ...plainAuthor,
    converters: {
      partialImages: 4,
      imageUrl: async ({
        id,
        base64,
        partialIndex,
      }: {
        id: string
        base64: string
        partialIndex: number | undefined
      }) => {
        kept.push(base64)
        return `https://img.example/${id}/${partialIndex ?? 'final'}`
      },
      annotation: () => ({
        type: 'annotation' as const,
        source: { type: 'file' as const, filename: 'own', title: 'Own' },
      }),
    },
  }
  const annotated = message('Text')
  const { client } = await startAuthored(t, author, [
    response(image('RklOQUw=', 'T05F', 'VFdP'), (index) => {
      const { steps, item } = annotated(index)
      const annotation = { type: 'hologram_citation' }
      const place = { item_id: 'm', output_index: index, content_index: 0, annotation_index: 0 }
      const event = { type: 'response.output_text.annotation.added', ...place, annotation }
      return { item, steps: [...steps.slice(0, 3), event, ...steps.slice(3)] }
    }),
  ])
  const { events } = await client.say('Draw')
  const updates = events.flatMap((event) =>
    event.type === 'thread.item.updated' ? [event.update] : [],
  )
  const progress = updates.flatMap((update) => ('progress' in update ? [update.progress] : []))
  assert.deepEqual(progress, [0, 0.25])
  assert.deepEqual(kept, ['T05F', 'VFdP', 'RklOQUw='])
  assert.match(JSON.stringify(events), /img\.example\/ig_0\/final/)
  assert.ok(
    updates.some((update) => 'annotation' in update && update.annotation.source.title === 'Own'),
  )
})

test('a source of a team is shown if it is a page of the web', async (t) => {
  const shown = []
  for (const url of [
    'https://a.example/',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'a.example',
  ]) {
    const source = { type: 'url' as const, url, title: 'A' }
    const annotation = () => ({ type: 'annotation' as const, source })
    const author = { ...plainAuthor, converters: { annotation } }
    const { client } = await startAuthored(t, author, [
      response((index) => {
        const { item, steps } = message('Text')(index)
        const part = { type: 'output_text', text: 'Text', annotations: [{ type: 'any' }] }
        const cited = { ...item, content: [part] }
        const done = { type: 'response.output_item.done', output_index: index, item: cited }
        return { item: cited, steps: [...steps.slice(0, -1), done] }
      }),
    ])
    shown.push(JSON.stringify((await client.say('Source?')).events).includes('"title":"A"'))
  }
  assert.deepEqual(shown, [true, false, false, false])
})
