import { render } from 'preact'
import { Chat } from './chat/chat.ts'
import { showOfficialChat } from './official/official-chat.tsx'
import { addressedThread } from './view/address.ts'
import { App } from './view/app.tsx'
import { focusMessage } from './view/focus-message.ts'
import { putFile } from './view/put-file.ts'
import { rememberedUser } from './view/remembered-user.ts'
import { showTheme, switchTheme, theme } from './view/theme.ts'
import { LocalConfig } from './wire/pages.ts'

const root = document.querySelector('#page')
if (root) void start(root)

async function start(page: Element): Promise<void> {
  showTheme(theme.value)
  const config = await readConfig()
  if (!config) {
    render(<p class="dead">The local server does not answer. Start it, then reload.</p>, page)
    return
  }
  const user = rememberedUser(config.users)
  if (new URLSearchParams(location.search).get('ui') === 'chatkit') {
    await showOfficialChat(page, { user, canDictate: config.dictation })
    return
  }
  const chat = new Chat(user, {
    rawFetch: (...parameters) => fetch(...parameters),
    putFile,
    switchTheme,
    focusMessage,
    copyText: (text) => navigator.clipboard.writeText(text),
    openUrl: (url) => void window.open(url, '_blank', 'noopener,noreferrer'),
  })
  const threadId = addressedThread()
  if (threadId !== undefined) void chat.open(threadId)
  void chat.loadList()
  render(<App chat={chat} config={config} />, page)
}

async function readConfig(): Promise<LocalConfig | undefined> {
  try {
    const response = await fetch('/local/config')
    return LocalConfig.parse(await response.json())
  } catch {
    return undefined
  }
}
