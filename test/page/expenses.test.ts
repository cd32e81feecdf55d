import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { PNG } from '../attachments/upload.ts'
import { pageTest } from '../support/browser.ts'
import { ChatPage } from './chat-page.ts'

const folder = await mkdtemp(join(tmpdir(), 'chatkit-expenses-'))
after(() => rm(folder, { recursive: true, force: true }))

// The example agent as a user meets it: a receipt, a card that is changed, submitted and stays so.
pageTest('an expense with a receipt is filed, changed on its card and submitted', {
  environment: { ATTACHMENTS_FOLDER: folder },
  body: async ({ open }) => {
    const page = await open()
    const chat = new ChatPage(page)
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      chat.button('Attach files').click(),
    ])
    await chooser.setFiles([{ name: 'receipt.png', mimeType: 'image/png', buffer: PNG }])
    await page.getByRole('list', { name: 'Attachments' }).getByText('PNG · ').waitFor()
    const drawn = await chat.say('File an expense of 42.50 EUR for meals at "Trattoria Luigi"')
    assert.match(drawn, /Trattoria Luigi[^]*Draft[^]*€42\.50[^]*Up to 60 a day/)
    assert.match(drawn, /receipt\.png/)

    await chat.log.getByRole('spinbutton').fill('48')
    await chat.button('Change').click()
    await chat.log.getByText('€48.00').waitFor()

    await chat.button('Submit').click()
    await chat.log.getByText('€48.00 for Trattoria Luigi is on its way').waitFor()
    await chat.log.getByText('Submitted').waitFor()
    await chat.log.getByText('Travel policy, Meals').first().waitFor()
    assert.equal(await chat.button('Submit').count(), 0)

    await page.reload()
    await chat.log.getByText('Submitted').waitFor()
    await chat.log.getByText('€48.00 for Trattoria Luigi is on its way').waitFor()
  },
})
