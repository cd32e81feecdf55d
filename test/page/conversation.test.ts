import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { DemoModelProvider } from '../../service/local/demo-model.ts'
import { pageTest } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { ChatPage } from './chat-page.ts'
import { heldModel, stuckAfter } from './held-model.ts'
import { Gate } from './protocol-tour.ts'

const STATES = 4
const WORDS_BETWEEN = 3 // before the first words in bold, whose marks are seen until they are whole
const stuck = { replacements: { modelProvider: stuckAfter('Press Stop') } }
const briskly = { replacements: { modelProvider: new DemoModelProvider({ pace: 100 }) } }

const gate = new Gate()
const inSteps = heldModel((said) => {
  const words = said.trim().split(/\s+/).length
  return words % WORDS_BETWEEN === 0 && words <= STATES * WORDS_BETWEEN ? gate.pass() : undefined
})

pageTest('an answer is seen growing, and a reload shows the same conversation', {
  replacements: { modelProvider: inSteps },
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    const answer = await chat.ask('Hello there')
    const states: string[] = []
    while (states.length < STATES) {
      const before = states.at(-1)
      const words = WORDS_BETWEEN * (states.length + 1)
      const text = await eventually(async () => {
        const shown = (await answer.innerText()).trim()
        return shown !== before && shown.split(/\s+/).length >= words && shown
      })
      assert.equal(await answer.getAttribute('aria-busy'), 'true')
      states.push(text)
      gate.open()
    }
    const whole = await chat.whole(answer)
    assert.ok(
      states.every((text) => whole.startsWith(text)),
      states.join('\n'),
    )
    assert.ok(states.every((text, index) => text.length > (states[index - 1]?.length ?? 0)))

    await chat.showsTitles('Hello there')
    await chat.page.getByRole('heading', { level: 1, name: 'Hello there' }).waitFor()
    await chat.page.reload()
    await chat.answers.first().waitFor()
    assert.equal(await chat.whole(chat.answers.first()), whole)
    assert.deepEqual(await chat.questions.allInnerTexts(), ['Hello there'])
    await chat.showsTitles('Hello there')
  },
})

pageTest('Stop keeps what was written so far, and the conversation goes on', {
  ...stuck,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    const answer = await chat.ask('Write a long article about lighthouses')
    await eventually(async () => (await answer.innerText()).includes('Press Stop'))
    await chat.stop.click()
    const kept = await chat.whole(answer)
    assert.ok(kept.startsWith('Lighthouses\n'), kept)
    assert.equal(await chat.page.getByRole('alert').count(), 0)

    const next = await chat.say('Thank you')
    assert.doesNotMatch(next, /Lighthouses/)
    await chat.page.reload()
    await eventually(async () => (await chat.answers.count()) === 2)
    const stored = await chat.answers.first().innerText()
    assert.ok(stored.startsWith(kept.trim().slice(0, -20)), 'what was seen is what is kept')
    assert.ok(!stored.includes('Conclusion'))
  },
})

pageTest('a reload in the middle of an answer shows it to its end', {
  ...briskly,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    const answer = await chat.ask('Write a long article about bridges in 100 words')
    await eventually(async () => (await answer.innerText()).includes('Press Stop'))
    await chat.page.reload()
    await eventually(async () => (await chat.answers.first().innerText()).includes('Press Stop'))
    await eventually(async () =>
      (await chat.answers.first().innerText()).includes('That is all there is to say about'),
    )
  },
})

pageTest('Retry replaces the answer, and a rating reaches the database', {
  body: async ({ open, service }) => {
    const chat = new ChatPage(await open())
    await chat.say('Hello there')
    const ids = () =>
      query<{ id: string }>(
        service.databaseUrl,
        "select id from items where type = 'assistant_message'",
      )
    const [first] = await ids()
    await chat.button('Good answer').click()
    await chat.page.getByRole('button', { name: 'Good answer', pressed: true }).waitFor()
    const ratings = await eventually(async () => {
      const rows = await query(service.databaseUrl, 'select item_id, kind, user_id from feedback')
      return rows.length > 0 && rows
    })
    assert.deepEqual(ratings, [{ item_id: first?.id, kind: 'positive', user_id: 'alice' }])

    await chat.log.getByRole('button', { name: 'Retry' }).click()
    const second = await eventually(async () => (await ids()).find(({ id }) => id !== first?.id))
    await chat.page.getByRole('button', { name: 'Good answer', pressed: false }).waitFor()
    assert.deepEqual(await ids(), [second])
    assert.equal(await chat.answers.count(), 1)
    assert.equal(await chat.questions.count(), 1)
  },
})

pageTest('the keyboard does it all', {
  ...stuck,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    const { keyboard } = chat.page
    await eventually(() => chat.message.evaluate((field) => field.matches(':focus')))
    await keyboard.type('Write a long article')
    await keyboard.press('Shift+Enter')
    await keyboard.type('about harbours')
    assert.equal(await chat.message.inputValue(), 'Write a long article\nabout harbours')
    await keyboard.press('Enter')
    await eventually(async () => (await chat.message.inputValue()) === '')
    assert.equal(await chat.questions.innerText(), 'Write a long article\nabout harbours')
    await chat.log.getByText('Press Stop').waitFor()
    await keyboard.press('Escape')
    await chat.button('Send').waitFor()

    const reached = new Set<string>()
    const names = ['New conversation', 'User', 'Theme: system', 'Message', 'Copy answer', 'Retry']
    await eventually(async () => {
      await keyboard.press('Tab')
      const focused = chat.page.locator(':focus')
      if ((await focused.count()) > 0) reached.add(await nameOf(focused))
      return names.every((name) => reached.has(name))
    })
    assert.ok([...reached].some((name) => name.startsWith('Rename Write a long article')))
  },
})

function nameOf(locator: Locator): Promise<string> {
  return locator.evaluate(
    (element) => element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '',
  )
}
