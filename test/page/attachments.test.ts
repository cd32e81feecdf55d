import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { PNG } from '../attachments/upload.ts'
import { pageTest } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { ChatPage } from './chat-page.ts'
import { protocolTour } from './protocol-tour.ts'

const folder = await mkdtemp(join(tmpdir(), 'chatkit-page-'))
after(() => rm(folder, { recursive: true, force: true }))

const spoken: string[] = []
const application = {
  ...protocolTour(),
  transcribe: (audio: { readonly mediaType: string; readonly bytes: Uint8Array }) => {
    spoken.push(audio.mediaType)
    return Promise.resolve(audio.bytes.length > 0 ? 'what was said' : '')
  },
}
const options = { environment: { ATTACHMENTS_FOLDER: folder }, replacements: { application } }

pageTest(
  'files are uploaded when they are chosen, sent with the message, and there after a reload',
  {
    ...options,
    body: async ({ open, service }) => {
      const page = await open()
      const chat = new ChatPage(page)
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        chat.button('Attach files').click(),
      ])
      await chooser.setFiles([
        { name: 'bay.png', mimeType: 'image/png', buffer: PNG },
        { name: 'rules.txt', mimeType: 'text/plain', buffer: Buffer.from('Twelve bytes') },
      ])
      const chips = page.getByRole('list', { name: 'Attachments' }).getByRole('listitem')
      await chips.filter({ hasText: 'TXT · 12 bytes' }).waitFor()
      await chips.filter({ hasText: 'PNG · ' }).waitFor()
      await chat.say('Look at this')
      assert.equal(await page.locator('.upload-chips').count(), 0)
      const question = chat.questions.last()
      const isDrawn = () =>
        question
          .getByRole('img', { name: 'bay.png' })
          .evaluate((image) => 'naturalWidth' in image && image.naturalWidth === 1)
      await eventually(isDrawn)
      await question.getByText('rules.txt').waitFor()
      const rows = await query<{ name: string }>(
        service.databaseUrl,
        'select name from attachments where thread_id is not null order by name',
      )
      assert.deepEqual(rows, [{ name: 'bay.png' }, { name: 'rules.txt' }])

      await page.reload()
      await question.getByText('rules.txt').waitFor()
      await eventually(isDrawn)
    },
  },
)

pageTest('a file that is refused says why, holds the message back, and can be taken away', {
  ...options,
  body: async ({ open }) => {
    const page = await open({ expected: /415 \(Unsupported Media Type\)/ })
    const chat = new ChatPage(page)
    await page.locator('input[type=file]').setInputFiles([
      { name: 'tool.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') },
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Twelve bytes') },
    ])
    const refused = page.getByRole('listitem').filter({ hasText: 'tool.exe' })
    assert.match(await refused.getByRole('alert').innerText(), /Allowed are image/)
    await chat.message.fill('Here you are')
    assert.equal(await chat.button('Send').isDisabled(), true)
    await chat.button('Remove tool.exe').click()
    await chat.button('Remove notes.txt').click()
    await page.getByRole('list', { name: 'Attachments' }).waitFor({ state: 'detached' })
    await chat.message.press('Enter')
    await chat.log.getByText('I was told: Here you are').waitFor()
    assert.equal(await chat.questions.getByText('notes.txt').count(), 0)
  },
})

pageTest('files can be pasted and dropped, and be all that is sent', {
  ...options,
  body: async ({ open }) => {
    const page = await open()
    const chat = new ChatPage(page)
    const give = (selector: string, type: string, name: string) =>
      page.evaluate(`(() => {
        const files = new DataTransfer()
        files.items.add(new File(['Twelve bytes'], '${name}', { type: 'text/plain' }))
        const given = { bubbles: true, cancelable: true, clipboardData: files, dataTransfer: files }
        const event = '${type}' === 'paste' ? new ClipboardEvent('paste', given) : new DragEvent('${type}', given)
        document.querySelector('${selector}').dispatchEvent(event)
      })()`)
    await chat.message.waitFor()
    await give('textarea', 'paste', 'pasted.txt')
    await give('main', 'dragover', 'dropped.txt')
    await page.getByText('Drop files here').waitFor()
    await give('main', 'drop', 'dropped.txt')
    await page.getByText('Drop files here').waitFor({ state: 'detached' })
    await eventually(() => chat.button('Send').isEnabled())
    await chat.button('Send').click()
    await chat.questions.getByText('pasted.txt').waitFor()
    await chat.questions.getByText('dropped.txt').waitFor()
  },
})

pageTest('what is spoken becomes text in the message', {
  ...options,
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.message.fill('I repeat')
    await chat.button('Dictate').click()
    await chat.button('Stop dictating').click()
    await eventually(async () => (await chat.message.inputValue()) === 'I repeat what was said')
    assert.deepEqual(spoken, ['audio/webm'])
  },
})

pageTest('without somebody who writes down speech there is no microphone', {
  replacements: { application: protocolTour() },
  body: async ({ open }) => {
    const chat = new ChatPage(await open())
    await chat.button('Attach files').waitFor()
    assert.equal(await chat.button('Dictate').count(), 0)
  },
})
