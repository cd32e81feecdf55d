import assert from 'node:assert/strict'
import { DemoModelProvider } from '../../service/local/demo-model.ts'
import { pageTest } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { ChatPage } from './chat-page.ts'

pageTest('past conversations are listed, opened, renamed and deleted', {
  body: async ({ open, service }) => {
    const chat = new ChatPage(await open())
    await chat.say('Hello there')
    await chat.startNew()
    await chat.say('What is a monad?')
    await chat.showsTitles('What is a monad?', 'Hello there')

    await chat.link('Hello there').click()
    await eventually(async () => (await chat.questions.innerText()) === 'Hello there')
    await eventually(
      async () => (await chat.link('Hello there').getAttribute('aria-current')) === 'page',
    )
    await chat.page.goBack()
    await eventually(async () => (await chat.questions.innerText()) === 'What is a monad?')

    await chat.link('Hello there').hover()
    await chat.button('Rename Hello there').click()
    const field = chat.page.getByRole('textbox', { name: 'New title' })
    assert.equal(await field.inputValue(), 'Hello there')
    await field.fill('Greetings')
    await field.press('Enter')
    await chat.link('Greetings').waitFor()
    await eventually(async () => (await titlesIn(service.databaseUrl)).includes('Greetings'))

    const ask = chat.page.getByRole('dialog', { name: 'Delete conversation?' })
    await chat.link('Greetings').hover()
    await chat.button('Delete Greetings').click()
    await ask.getByRole('button', { name: 'Cancel' }).click()
    await ask.waitFor({ state: 'hidden' })
    await chat.showsTitles('What is a monad?', 'Greetings')
    await chat.link('Greetings').click()
    await chat.link('Greetings').hover()
    await chat.button('Delete Greetings').click()
    await ask.getByRole('button', { name: 'Delete' }).click()
    await chat.showsTitles('What is a monad?')
    await chat.page.getByRole('heading', { name: 'What can I help with?' }).waitFor()
    await eventually(async () => (await titlesIn(service.databaseUrl)).length === 1)
    await chat.page.reload()
    await chat.showsTitles('What is a monad?')
  },
})

// On a slow connection one can ask before the list is there, which was made before the question.
pageTest('a conversation that begins while the list is on its way is in it', {
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.say('Hello there')
    const isHeld = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    await chat.page.route('**/chatkit', async (route) => {
      if (!route.request().postData()?.includes('"threads.list"')) return await route.continue()
      const response = await route.fetch()
      isHeld.resolve()
      await release.promise
      await route.fulfill({ response })
    })
    await chat.page.goto(new URL('/', chat.page.url()).href)
    await chat.page.reload()
    await isHeld.promise
    await chat.say('What is a monad?')
    release.resolve()
    await chat.link('Hello there').waitFor()
    assert.deepEqual(await chat.titles(), ['What is a monad?', 'Hello there'])
  },
})

// The service takes a request that comes twice for a repeat, unless it has a key of its own.
pageTest('the same words in two conversations are two messages', {
  replacements: { modelProvider: new DemoModelProvider({ pace: 20 }) },
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.ask('Hello there')
    await chat.startNew()
    await chat.ask('Hello there')
    await chat.showsTitles('Hello there', 'Hello there')
  },
})

pageTest('users of one browser do not see the conversations of each other', {
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    const user = chat.page.getByRole('combobox', { name: 'User' })
    assert.equal(await user.inputValue(), 'alice')
    await chat.say('A question of Alice')
    const address = chat.page.url()

    await user.selectOption('bob')
    await chat.conversations.getByText('Conversations of bob will be listed here.').waitFor()
    await chat.questions.waitFor({ state: 'detached' })
    await chat.say('A question of Bob')
    await chat.showsTitles('A question of Bob')

    await user.selectOption('alice')
    await chat.showsTitles('A question of Alice')
    assert.ok(address.includes('#thr_'))
  },
})

// The address holds the id of a conversation, so it will be passed around.
pageTest("a link to somebody else's conversation shows that there is none", {
  body: async ({ open }) => {
    const alice = new ChatPage(await open())
    await alice.say('A question of Alice')
    const { hash } = new URL(alice.page.url())
    const expected = /404/
    const bob = new ChatPage(await open({ expected }))
    await bob.page.getByRole('combobox', { name: 'User' }).selectOption('bob')
    await bob.page.goto(new URL(`/${hash}`, alice.page.url()).href)
    await bob.page.reload()
    const alert = bob.page.getByRole('alert')
    assert.equal(await alert.innerText(), 'This conversation does not exist.')
    assert.equal(await bob.questions.count(), 0)
  },
})

async function titlesIn(databaseUrl: string): Promise<string[]> {
  const rows = await query<{ title: string }>(databaseUrl, 'select title from threads')
  return rows.map(({ title }) => title)
}
