import { isDeepStrictEqual } from 'node:util'
import type { Locator, Page } from 'playwright-core'
import { eventually } from '../support/eventually.ts'

/** The page as a user works it: by what is written on it. */
export class ChatPage {
  readonly page: Page
  readonly message: Locator
  readonly log: Locator
  readonly questions: Locator
  readonly answers: Locator
  readonly conversations: Locator
  readonly stop: Locator

  constructor(page: Page) {
    this.page = page
    this.message = page.getByRole('textbox', { name: 'Message' })
    this.log = page.getByRole('log', { name: 'Messages' })
    this.questions = this.log.getByRole('article', { name: 'You' })
    this.answers = this.log.getByRole('article', { name: 'Assistant' })
    this.conversations = page.getByRole('navigation', { name: 'Conversations' })
    this.stop = this.button('Stop')
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  link(title: string): Locator {
    return this.conversations.getByRole('link', { name: title, exact: true })
  }

  /** Begins a conversation, and waits until nothing is left of the one before. */
  async startNew(): Promise<void> {
    await this.button('New conversation').click()
    await this.page.getByRole('heading', { name: 'What can I help with?' }).waitFor()
  }

  /** Sends a message and waits for the answer to begin. */
  async ask(text: string): Promise<Locator> {
    const before = await this.answers.count()
    await this.message.fill(text)
    await this.message.press('Enter')
    const answer = this.answers.nth(before)
    await answer.waitFor()
    return answer
  }

  /** Sends a message and returns the whole answer, as it is drawn. */
  async say(text: string): Promise<string> {
    return await this.whole(await this.ask(text))
  }

  /** Waits for an answer to end, and returns it as it is drawn. */
  async whole(answer: Locator): Promise<string> {
    await eventually(async () => (await answer.getAttribute('aria-busy')) === 'false')
    return await answer.innerText()
  }

  /** Waits until the list of conversations is this one. */
  async showsTitles(...titles: readonly string[]): Promise<void> {
    await eventually(async () => isDeepStrictEqual(await this.titles(), titles))
  }

  async titles(): Promise<string[]> {
    return await this.conversations.getByRole('link').allInnerTexts()
  }
}
