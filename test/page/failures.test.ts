import assert from 'node:assert/strict'
import { DemoModel } from '../../service/local/demo-model.ts'
import { pageTest } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { ChatPage } from './chat-page.ts'

let isBroken = true
let calls = 0
const model = new DemoModel({ pace: Infinity })
const breakable: typeof model.getStreamedResponse = async function* (request) {
  calls += 1
  if (isBroken) throw new Error('secret words of a model that failed')
  yield* model.getStreamedResponse(request)
}

pageTest('a model that fails is told in words, and Retry asks it again', {
  replacements: {
    modelProvider: {
      getModel: () => ({
        getResponse: (request) => model.getResponse(request),
        getStreamedResponse: breakable,
      }),
    },
  },
  body: async ({ open }) => {
    const page = await open()
    const chat = new ChatPage(page)
    await chat.message.fill('Hello there')
    await chat.message.press('Enter')
    const alert = page.getByRole('alert')
    await alert.waitFor()
    const words = await alert.innerText()
    assert.match(words, /^[A-Z][^{}]+\./)
    assert.doesNotMatch(words, /secret|undefined|500/)
    assert.equal(await chat.questions.innerText(), 'Hello there')
    await alert.getByRole('button', { name: 'Retry' }).click()
    await eventually(() => calls === 2)
    await alert.getByRole('button', { name: 'Retry' }).waitFor()

    await page.reload()
    await chat.questions.waitFor()
    isBroken = false
    await chat.log.getByRole('button', { name: 'Retry' }).click()
    await chat.answers.waitFor()
    assert.match(await chat.whole(chat.answers), /demo model/)
    assert.equal(await chat.questions.count(), 1)
  },
})

pageTest('a server that has gone is told in words, and no message is lost', {
  body: async ({ open, service }) => {
    const chat = new ChatPage(await open({ expected: /ERR_CONNECTION_REFUSED|Failed to fetch/ }))
    await chat.say('Hello there')
    await service.service.stop()
    await chat.message.fill('Still there?')
    await chat.message.press('Enter')
    const alert = chat.log.getByRole('alert')
    await alert.waitFor()
    assert.match(await alert.innerText(), /connection to the server was lost/)
    await eventually(async () => (await chat.message.inputValue()) === 'Still there?')
    assert.equal(await chat.questions.count(), 1)
  },
})
