import type { OpenAIChatKit } from '@openai/chatkit'
import { render, type JSX } from 'preact'
import { runClientTool } from '../chat/client-tools.ts'
import { resumingFetch } from '../chat/resuming-fetch.ts'
import { fetchAs } from '../chat/token-source.ts'
import { switchTheme } from '../view/theme.ts'

const SCRIPT = 'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js'
const SCRIPT_TIMEOUT_MS = 15_000

declare global {
  interface HTMLElementTagNameMap {
    'openai-chatkit': OpenAIChatKit
  }
}

interface OfficialChatOptions {
  readonly user: string
  readonly canDictate: boolean
}

/** Shows OpenAI's own ChatKit component on the local server. Its script comes from the internet. */
export async function showOfficialChat(
  page: Element,
  { user, canDictate }: OfficialChatOptions,
): Promise<void> {
  render(<p class="dead">Loading the official ChatKit component …</p>, page)
  if (!(await loadScript())) {
    render(<Unreachable />, page)
    return
  }
  const chat = document.createElement('openai-chatkit')
  chat.setOptions({
    api: {
      url: new URL('/chatkit', location.href).href,
      // Any name does on a local address: the component verifies domains only where they are real.
      domainKey: 'local',
      fetch: resumingFetch(fetchAs(user, (...parameters) => fetch(...parameters))),
      uploadStrategy: { type: 'two_phase' },
    },
    composer: { attachments: { enabled: true }, dictation: { enabled: canDictate } },
    history: { enabled: true, showDelete: true, showRename: true },
    threadItemActions: { feedback: true, retry: true },
    onClientTool: ({ name, params }) => runClientTool({ name, input: params }, { switchTheme }),
  })
  chat.className = 'official'
  page.replaceChildren(chat)
}

function Unreachable(): JSX.Element {
  return (
    <div class="dead" role="alert">
      <h1>The official ChatKit component could not be loaded</h1>
      <p>
        It comes from <code>{new URL(SCRIPT).host}</code>, which this browser cannot reach. Check
        the internet connection and whether something blocks that host, then reload.
      </p>
      <p>
        <a href="/">Use the built-in page instead</a>, which needs no internet.
      </p>
    </div>
  )
}

/** Whether the component is there to be used. */
async function loadScript(): Promise<boolean> {
  const script = document.createElement('script')
  script.src = SCRIPT
  script.async = true
  const loaded = new Promise<boolean>((resolve) => {
    script.addEventListener('load', () => resolve(true), { once: true })
    script.addEventListener('error', () => resolve(false), { once: true })
    setTimeout(() => resolve(false), SCRIPT_TIMEOUT_MS)
  })
  document.head.append(script)
  if (!(await loaded)) return false
  await customElements.whenDefined('openai-chatkit')
  return true
}
