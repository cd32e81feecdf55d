import assert from 'node:assert/strict'
import { pageTest } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { ChatPage } from './chat-page.ts'
import { protocolTour } from './protocol-tour.ts'

const tour = protocolTour()
const { gate } = tour
const replacements = { application: tour }

pageTest('the steps of a workflow are open while they happen, and folded afterwards', {
  replacements,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    const answer = await chat.ask('workflow')
    const step = (words: string) => answer.locator('.task', { hasText: words })
    await step('The Marit is free.').waitFor()
    await step('Understanding the wish').getByRole('img', { name: 'Done' }).waitFor()
    await step('Drawing the route').getByRole('img', { name: 'Under way' }).waitFor()
    await step('Searching for the weather').getByText('wind forecast Gandsfjord').waitFor()
    await answer.getByRole('link', { name: /Forecast for Sandnes/ }).waitFor()
    await answer.getByText('rules-2026.pdf').waitFor()
    gate.open()
    await chat.whole(answer)
    await step('The Marit is free.').waitFor({ state: 'hidden' })
    await answer.getByText('Planned the evening').click()
    await step('The Marit is free.').waitFor()
    await answer.getByText('A step by itself').waitFor()
    await answer.getByText('Thought for 1 min 15 s').waitFor()
  },
})

pageTest('a picture is seen in its stages, with how far it has come', {
  replacements,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    const answer = await chat.ask('image')
    await answer.getByText('Making a picture …').waitFor()
    gate.open()
    await answer.getByRole('img', { name: 'Unfinished picture' }).waitFor()
    const progress = answer.getByRole('progressbar', { name: 'Making a picture' })
    assert.equal(await progress.getAttribute('value'), '0.5')
    gate.open()
    await answer.getByRole('img', { name: 'Generated picture' }).waitFor()
    await progress.waitFor({ state: 'detached' })
  },
})

pageTest('sources are marked where they are used, and listed below', {
  replacements,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.say('sources')
    const answer = chat.answers
    assert.deepEqual(await answer.locator('sup').allInnerTexts(), ['1', '2', '1', '3'])
    assert.equal(await answer.locator('strong + sup').count(), 1, 'the mark stands behind the word')
    const marks = answer.locator('sup a')
    assert.equal(await marks.first().getAttribute('href'), 'https://weather.example.com/sandnes')
    assert.equal(await answer.getByRole('cell', { name: '8 m' }).locator('sup').count(), 1)
    const list = answer.getByRole('list', { name: 'Sources' })
    assert.deepEqual(
      (await list.getByRole('listitem').allInnerTexts()).map((text) =>
        text.replaceAll(/\s+/g, ' '),
      ),
      ['1 Forecast for Sandnes The weather office', '2 Harbour rules rules-2026.pdf', '3 Marit'],
    )
  },
})

pageTest('questions hold the conversation until they are answered', {
  replacements,
  body: async ({ open }) => {
    const page = await open()
    const chat = new ChatPage(page)
    await chat.say('questions')
    assert.equal(await chat.message.isDisabled(), true)
    assert.equal(await chat.button('Send').isDisabled(), true)
    await page.getByLabel('Solveig').check()
    await page.getByLabel('Soup').check()
    await page.getByLabel('Fishing rods').check()
    await page.getByRole('textbox', { name: 'Anything else?' }).fill('  A birthday ')
    await chat.button('Answer').click()
    await chat.log.getByText('Thank you for the answers.').waitFor()
    const answers = ['Solveig', 'Soup, Fishing rods', 'A birthday']
    assert.deepEqual(await chat.log.getByRole('definition').allInnerTexts(), answers)
    await eventually(() => chat.message.isEnabled())
    await page.reload()
    await chat.log.getByText('Thank you for the answers.').waitFor()
    assert.deepEqual(await chat.log.getByRole('definition').allInnerTexts(), answers)
  },
})

pageTest('questions can be skipped', {
  replacements,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.say('questions')
    await chat.button('Skip').click()
    await chat.log.getByText('Thank you for the answers.').waitFor()
    assert.deepEqual(await chat.log.getByRole('definition').allInnerTexts(), [
      'Skipped',
      'Skipped',
      'Skipped',
    ])
    assert.equal(await chat.say('hello').then((text) => text.includes('I was told: hello')), true)
  },
})

pageTest('notices, effects and progress are shown beside the conversation', {
  replacements,
  body: async ({ open }) => {
    const page = await open({ colorScheme: 'light' })
    const chat = new ChatPage(page)
    await chat.say('notices')
    const notices = chat.log.getByRole('status')
    assert.deepEqual(
      (await notices.allInnerTexts()).map((text) => text.split(/\n+/)),
      [
        ['Good to know', 'The harbour opens at six.'],
        ['Strong wind is expected.'],
        ['No way through', 'The bridge is closed.'],
      ],
    )
    await chat.button('Theme: dark').waitFor()
    assert.equal(
      await chat.log.getByText('Told this page').locator('code').innerText(),
      'ring_bell',
    )

    const answer = await chat.ask('progress')
    await answer.getByText('Looking for a boat').waitFor()
    assert.equal(await answer.locator('.progress svg').count(), 1)
    gate.open()
    await answer.getByText('Found one.').waitFor()
    await answer.getByText('Looking for a boat').waitFor({ state: 'detached' })
  },
})

pageTest('in a locked conversation nothing can be written, and it says why', {
  replacements,
  body: async ({ open }) => {
    const page = await open()
    const chat = new ChatPage(page)
    await chat.say('lock')
    await page.getByText('This trip is over.').waitFor()
    assert.equal(await chat.message.count(), 0)
    await page.reload()
    await page.getByText('This trip is over.').waitFor()
  },
})
