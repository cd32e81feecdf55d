import assert from 'node:assert/strict'
import { join } from 'node:path'
import { devices } from 'playwright-core'
import type { Page } from 'playwright-core'
import { pageTest } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { ChatPage } from './chat-page.ts'
import { stuckAfter } from './held-model.ts'

const PICTURES = join(import.meta.dirname, '..', '..', '.local', 'screenshots')
const phone = { ...devices['iPhone 13'], viewport: { width: 390, height: 844 } }
const screens = { desktop: { viewport: { width: 1280, height: 800 } }, phone }

pageTest('on a phone the conversations are in a drawer, and nothing is wider than the screen', {
  body: async ({ open }) => {
    const page = await open(phone)
    const chat = new ChatPage(page)
    await chat.say('What time is it in Tokyo and New York?')
    assert.equal(await chat.conversations.isVisible(), false)
    await chat.button('Open conversations').tap()
    await chat.conversations.waitFor()
    await page.keyboard.press('Escape')
    await chat.conversations.waitFor({ state: 'hidden' })

    await chat.button('Open conversations').tap()
    await chat.startNew()
    await chat.conversations.waitFor({ state: 'hidden' })
    await chat.say('Write a long article about tables in 300 words')
    await chat.button('Open conversations').tap()
    await page.touchscreen.tap(380, 400) // beside the drawer
    await chat.conversations.waitFor({ state: 'hidden' })
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390)
    assert.equal(
      await page.evaluate('document.querySelector(".messages").scrollWidth <= 390'),
      true,
    )
  },
})

pageTest('/?ui=chatkit says in words that the official component cannot be loaded', {
  body: async ({ open }) => {
    // What a machine without the internet, or behind a strict proxy, sees.
    const page = await open({ path: '/health', expected: /cdn\.platform|ERR_/ })
    await page.route('https://cdn.platform.openai.com/**', (route) => route.abort())
    await page.goto(new URL('/?ui=chatkit', page.url()).href)
    const alert = page.getByRole('alert')
    await alert.getByText('The official ChatKit component could not be loaded').waitFor()
    assert.match(await alert.innerText(), /cdn\.platform\.openai\.com/)
    await alert.getByRole('link', { name: 'Use the built-in page instead' }).click()
    await page.getByRole('textbox', { name: 'Message' }).waitFor()
  },
})

// For the eye: the pictures of the last run are in .local/screenshots.
pageTest('screens of every kind are drawn', {
  replacements: { modelProvider: stuckAfter('console.log') },
  body: async ({ open }) => {
    for (const [screen, options] of Object.entries(screens)) {
      const page = await open(options)
      await tour(new ChatPage(page), (name) => shoot(page, `${screen}-${name}`))
    }
  },
})

async function tour(chat: ChatPage, picture: (name: string) => Promise<void>): Promise<void> {
  await chat.button('What can you do?').waitFor()
  await picture('1-greeting')
  await chat.say('What time is it in Tokyo and New York?')
  await picture('2-card')
  const article = await chat.ask('Write a long article about lighthouses in 900 words')
  await eventually(async () => (await article.innerText()).includes('console.log'))
  await picture('3-answering')
  await chat.stop.click()
  await chat.whole(article)
  const menu = chat.button('Open conversations')
  if (await menu.isVisible()) {
    await menu.tap()
    await chat.conversations.waitFor()
    await picture('4-drawer')
  } else {
    await chat.conversations.getByRole('link').first().hover()
    await chat.conversations.getByRole('button', { name: /^Delete/ }).click()
    await picture('4-dialog')
  }
}

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const path = join(PICTURES, `${name}-${colorScheme}.png`)
    await page.screenshot({ path, animations: 'disabled', scale: 'css' })
  }
}
