import type { Chat, ChatAction, ChatApplication } from '../../service/protocol/chat.ts'
import { newId } from '../../service/protocol/ids.ts'
import type { UserMessageItem } from '../../service/protocol/items.ts'
import { Task } from '../../service/protocol/tasks.ts'
import type { TaskInput } from '../../service/protocol/tasks.ts'
import { boatList, dashboard, expenseForm, oddments, PICTURE, tripCard } from './gallery.ts'
import type { GalleryWidget } from './gallery.ts'

/** Resolves when the test lets an answer go on: what is shown meanwhile can be looked at. */
export class Gate {
  readonly #waiting: (() => void)[] = []
  #isOpen = false

  /** Waits for the next `open`, or goes on if that has been already. */
  pass(): Promise<void> {
    if (!this.#isOpen) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#isOpen = false
    return Promise.resolve()
  }

  open(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#isOpen = true
  }
}

/** Every action that has reached the application. */
export type Heard = { readonly kind: 'streamed' | 'at once'; readonly action: ChatAction }

/** An application that shows everything the protocol can carry, by the word it is told. */
export function protocolTour(
  gate = new Gate(),
): ChatApplication & { readonly heard: Heard[]; readonly gate: Gate } {
  const heard: Heard[] = []
  return {
    heard,
    gate,
    async respond(chat, message) {
      if (!message) return chat.say('Thank you for the answers.')
      const word = wordOf(message)
      const show = Object.hasOwn(scenes, word) ? scenes[word] : undefined
      await (show ? show(chat, gate) : chat.say(`I was told: ${word}`))
    },
    async action(chat, action) {
      heard.push({ kind: 'streamed', action })
      if (action.type === 'trip.book') await gate.pass()
      await chat.say(`Done: ${action.type}`)
    },
    async syncAction(scene, action, sender) {
      heard.push({ kind: 'at once', action })
      if (!sender) return undefined
      const widget: GalleryWidget = {
        type: 'Card',
        children: [{ type: 'Text', value: `Now it says ${action.type}` }],
      }
      const item = { ...sender, widget }
      await scene.save(item)
      return item
    },
  }
}

type Scene = (chat: Chat, gate: Gate) => Promise<void>

const widgetScene =
  (widget: GalleryWidget): Scene =>
  async (chat) => {
    const item = { ...base(chat), type: 'widget' as const, widget, copy_text: 'A widget' }
    await chat.send({ type: 'thread.item.done', item })
  }

const scenes: Readonly<Record<string, Scene>> = {
  trip: widgetScene(tripCard),
  form: widgetScene(expenseForm),
  dashboard: widgetScene(dashboard),
  boats: widgetScene(boatList),
  async oddments(chat, gate) {
    chat.thread.allowedImageDomains = ['pictures.example.com']
    await widgetScene(oddments)(chat, gate)
  },
  streamed: streamedWidget,
  workflow,
  image,
  sources,
  questions: (chat) =>
    chat.ask([
      {
        type: 'multiple_choice',
        id: 'boat',
        question: 'Which boat would you like?',
        options: [{ value: 'Marit' }, { value: 'Solveig' }, { value: 'Tern' }],
      },
      {
        type: 'multiple_choice',
        id: 'extras',
        question: 'What shall be on board?',
        multiple: true,
        options: [{ value: 'Soup' }, { value: 'Fishing rods' }],
      },
      {
        type: 'freeform',
        id: 'wish',
        question: 'Anything else?',
        description: 'Allergies, music, a birthday …',
      },
    ]),
  async notices(chat) {
    await chat.showNotice('info', 'The harbour opens at **six**.', 'Good to know')
    await chat.showNotice('warning', 'Strong wind is expected.')
    await chat.showNotice('danger', 'The bridge is closed.', 'No way through')
    await chat.runEffect('switch_theme', { theme: 'dark' })
    await chat.runEffect('ring_bell', { times: 3 })
    await chat.say('That is the news.')
  },
  async lock(chat) {
    await chat.say('This is the end.')
    chat.thread.status = { type: 'locked', reason: 'This trip is over.' }
  },
  async progress(chat, gate) {
    await chat.showProgress('Looking for a boat', 'search')
    await gate.pass()
    await chat.say('Found one.')
  },
}

function letter(value: string, title: string, streaming: boolean): GalleryWidget {
  return {
    type: 'Card',
    children: [
      { type: 'Title', id: 'title', value: title },
      { type: 'Text', id: 'letter', value, streaming },
    ],
  }
}

async function streamedWidget(chat: Chat, gate: Gate): Promise<void> {
  const item = { ...base(chat), type: 'widget' as const }
  await chat.send({
    type: 'thread.item.added',
    item: { ...item, widget: letter('', 'Draft', true) },
  })
  const update = { type: 'widget.streaming_text.value_delta' as const, component_id: 'letter' }
  for (const delta of ['Dear ', 'captain']) {
    const change = { ...update, delta, done: false }
    await chat.send({ type: 'thread.item.updated', item_id: item.id, update: change })
  }
  await gate.pass()
  const title = { type: 'Title', id: 'title', value: 'Letter' }
  const component = {
    type: 'widget.component.updated' as const,
    component_id: 'title',
    component: title,
  }
  await chat.send({ type: 'thread.item.updated', item_id: item.id, update: component })
  await gate.pass()
  const widget = letter('Dear captain, we come.', 'Letter', false)
  const root = { type: 'widget.root.updated' as const, widget }
  await chat.send({ type: 'thread.item.updated', item_id: item.id, update: root })
  await chat.send({ type: 'thread.item.done', item: { ...item, widget } })
}

const tasks: readonly TaskInput[] = [
  {
    type: 'thought',
    title: 'Understanding the wish',
    content: 'They want **one calm evening** on the water, for two.',
    status_indicator: 'complete',
  },
  {
    type: 'web_search',
    title_query: 'Searching for the weather',
    queries: ['weather Sandnes 14 June', 'wind forecast Gandsfjord'],
    sources: [
      { type: 'url', title: 'Forecast for Sandnes', url: 'https://weather.example.com/sandnes' },
    ],
    status_indicator: 'complete',
  },
  {
    type: 'file',
    title: 'Reading the harbour rules',
    sources: [{ type: 'file', title: 'Harbour rules', filename: 'rules-2026.pdf' }],
    status_indicator: 'complete',
  },
  { type: 'image', title: 'Drawing the route', status_indicator: 'loading' },
  { type: 'custom', title: 'Reserving a boat', icon: 'calendar', content: 'The *Marit* is free.' },
]

async function workflow(chat: Chat, gate: Gate): Promise<void> {
  const item = { ...base(chat), type: 'workflow' as const }
  const [first, ...rest] = tasks
  const open = { type: 'custom' as const, tasks: first ? [first] : [] }
  await chat.send({ type: 'thread.item.added', item: { ...item, workflow: open } })
  for (const [index, task] of rest.entries()) {
    const update = {
      type: 'workflow.task.added' as const,
      task_index: index + 1,
      task: Task.parse(task),
    }
    await chat.send({ type: 'thread.item.updated', item_id: item.id, update })
  }
  await gate.pass()
  const summary = { title: 'Planned the evening', icon: 'sparkle' }
  const done = { type: 'custom' as const, tasks: [...tasks], summary, expanded: false }
  await chat.send({ type: 'thread.item.done', item: { ...item, workflow: done } })
  await chat.send({
    type: 'thread.item.done',
    item: { ...base(chat), type: 'task', task: { type: 'custom', title: 'A step by itself' } },
  })
  const thought = { type: 'reasoning' as const, tasks: [], summary: { duration: 75 } }
  await chat.send({
    type: 'thread.item.done',
    item: { ...base(chat), type: 'workflow', workflow: thought },
  })
  await chat.say('Saturday evening it is.')
}

async function image(chat: Chat, gate: Gate): Promise<void> {
  const item = { ...base(chat), type: 'generated_image' as const }
  await chat.send({ type: 'thread.item.added', item })
  await gate.pass()
  const update = {
    type: 'generated_image.updated' as const,
    image: { id: 'img_1', url: PICTURE },
    progress: 0.5,
  }
  await chat.send({ type: 'thread.item.updated', item_id: item.id, update })
  await gate.pass()
  await chat.send({
    type: 'thread.item.done',
    item: { ...item, image: { id: 'img_1', url: PICTURE } },
  })
}

const SOURCED =
  'The bay is calm in **June.** Boats leave from [quay four](https://harbour.example.com/quays), ' +
  'and the rules allow eight guests.\n\n| Boat | Length |\n| --- | --- |\n| Marit | 8 m |\n'

async function sources(chat: Chat): Promise<void> {
  const after = (words: string): number => SOURCED.indexOf(words) + words.length
  const forecast = {
    type: 'url' as const,
    title: 'Forecast for Sandnes',
    url: 'https://weather.example.com/sandnes',
    attribution: 'The weather office',
  }
  await chat.say(SOURCED, {
    annotations: [
      { source: forecast, index: after('**June.**') },
      {
        source: { type: 'file', title: 'Harbour rules', filename: 'rules-2026.pdf' },
        index: after('eight guests.'),
      },
      { source: forecast, index: after('eight guests.') },
      {
        source: { type: 'entity', title: 'Boat Marit', id: 'boat_1', icon: 'cube', label: 'Marit' },
        index: SOURCED.length,
      },
    ],
  })
}

function base(chat: Chat) {
  return {
    id: newId('message'),
    thread_id: chat.thread.id,
    created_at: new Date().toISOString(),
  }
}

function wordOf(message: UserMessageItem): string {
  return message.content.map(({ text }) => text).join('')
}
