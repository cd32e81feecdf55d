import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { pageTest } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { ChatPage } from './chat-page.ts'
import { protocolTour } from './protocol-tour.ts'

const tour = protocolTour()
const { gate, heard } = tour
const replacements = { application: tour }

pageTest('cards, charts, tables and lists are drawn, also for who does not see them', {
  replacements,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.say('trip')
    const trip = chat.answers.last().locator('.widget')
    await trip.getByRole('img', { name: 'The bay at dusk' }).waitFor()
    await trip.getByText('Evening sail to Alsten').waitFor()
    await trip.getByText('3 places left').waitFor()
    assert.equal(await trip.getByRole('button', { name: 'Sold out' }).isDisabled(), true)

    await chat.say('dashboard')
    const dashboard = chat.answers.last().locator('.widget')
    await dashboard.getByRole('img', { name: 'Chart of Sails, Rents' }).waitFor()
    assert.equal(await dashboard.locator('rect').count(), 12)
    assert.equal(await dashboard.locator('.chart-line').count(), 2)
    assert.equal(await dashboard.locator('.chart-area').count(), 1)
    const numbers = dashboard.locator('.w-chart table').first()
    assert.match((await numbers.getByRole('row').nth(4).textContent()) ?? '', /Apr.*520.*240/)
    const table = dashboard.locator('.w-table')
    assert.deepEqual(await table.getByRole('columnheader').allInnerTexts(), [
      'Month',
      'Sails',
      'State',
    ])
    assert.deepEqual(await table.getByRole('row').nth(2).getByRole('cell').allInnerTexts(), [
      'Feb',
      '410 €',
      'Closed',
    ])

    await chat.say('boats')
    const boats = chat.answers.last().getByRole('listitem')
    assert.equal(await boats.count(), 2)
    await chat.button('Show 1 more').click()
    await eventually(async () => (await boats.count()) === 3)
  },
})

pageTest('what is rare, unknown or malformed in a widget harms nothing', {
  replacements,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.say('oddments')
    const widget = chat.answers.locator('.widget')
    await widget.getByText('Inside something unknown').waitFor()
    assert.equal(await widget.locator('strong').innerText(), 'bold')
    assert.equal(await widget.getByText('Hidden until unfolded').isVisible(), false)
    await widget.getByText('Details').click()
    await widget.getByText('Hidden until unfolded').waitFor()
    assert.equal(
      await widget.evaluate(
        (element) => element.ownerDocument.defaultView?.getComputedStyle(element).colorScheme,
      ),
      'dark',
    )
    // No other host is asked for anything; one that the conversation does not allow is no link.
    const far = widget.getByRole('link', { name: /A far picture/ })
    assert.equal(await far.getAttribute('href'), 'https://pictures.example.com/a.png')
    assert.equal(await widget.getByRole('link', { name: /A forbidden/ }).count(), 0)
    await widget.getByText('A forbidden picture').waitFor()

    await chat.button('Unknown here').click()
    await chat.page.getByRole('alert').getByText('This page has no action named fly.').waitFor()
    await chat.page.getByRole('textbox', { name: 'boat.name' }).fill('New name')
    await chat.button('Rename').click()
    await eventually(() => heard.at(-1)?.action.type === 'name.change')
    assert.deepEqual(heard.at(-1)?.action.payload, { boat: { name: 'New name' } })
  },
})

pageTest('a form demands what is required, and its values join the payload of its action', {
  replacements,
  body: async ({ open }) => {
    const page = await open()
    const chat = new ChatPage(page)
    await chat.say('form')
    const before = heard.length
    await chat.button('Hand in').click()
    assert.equal(
      await page.getByLabel('What was it for?').evaluate((it) => it.matches(':invalid:focus')),
      true,
    )
    assert.equal(heard.length, before)

    await page.getByLabel('What was it for?').fill('Train to Bergen')
    await page.getByLabel('Amount').fill('99.5')
    await page.getByLabel('Kind').selectOption('Travel')
    await page.getByLabel('My own money').check()
    await page.getByLabel('I have the receipt').uncheck()
    await chat.button('Hand in').click()
    await chat.log.getByText('Done: expense.create').waitFor()
    assert.deepEqual(heard.at(-1), {
      kind: 'streamed',
      action: {
        type: 'expense.create',
        payload: {
          trip: { id: 7, purpose: 'Train to Bergen' },
          amount: '99.5',
          day: '2026-06-14',
          kind: 'travel',
          paid: 'own',
          note: '',
          receipt: false,
        },
      },
    })
  },
})

pageTest('an action at once replaces its widget, also while an answer is being written', {
  replacements,
  body: async ({ open }) => {
    const page = await open()
    const chat = new ChatPage(page)
    await chat.say('boats')
    await chat.say('trip')
    const book = chat.button('Book for two')
    await book.click()
    await eventually(async () => (await book.getAttribute('aria-busy')) === 'true')
    await eventually(() => heard.at(-1)?.action.type === 'trip.book')
    await page.getByRole('button', { name: 'Solveig' }).click()
    await chat.log.getByText('Now it says boat.choose').waitFor()
    assert.deepEqual(heard.at(-1), {
      kind: 'at once',
      action: { type: 'boat.choose', payload: { name: 'Solveig' } },
    })
    gate.open()
    await chat.log.getByText('Done: trip.book').waitFor()
    await eventually(async () => (await book.getAttribute('aria-busy')) === 'false')

    await chat.button('Ask about the weather').click()
    await chat.log.getByText('I was told: Will it rain?').waitFor()
    await page.reload()
    await chat.log.getByText('Now it says boat.choose').waitFor()
  },
})

pageTest('a widget is seen growing, part by part', {
  replacements,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.ask('streamed')
    const card = chat.answers.locator('.w-card')
    await card.getByText('Dear captain', { exact: true }).waitFor()
    await card.getByText('Draft').waitFor()
    assert.equal(await isStreaming(chat.page), true)
    gate.open()
    await card.getByText('Letter').waitFor()
    gate.open()
    await card.getByText('Dear captain, we come.').waitFor()
    await eventually(async () => !(await isStreaming(chat.page)))
  },
})

async function isStreaming(page: Page): Promise<boolean> {
  return (await page.locator('[data-streaming="true"]').count()) > 0
}
