import { tool } from '@openai/agents'
import type { RunContext } from '@openai/agents'
import { z } from 'zod'
import type { AgentChat } from '../../protocol/author.ts'
import { explainToModel } from './explain-to-model.ts'

/** Asks the browser to change how the page looks. */
export const switchTheme = tool({
  name: 'switch_theme',
  description: 'Switches the page to a light or a dark theme, or to the one of the system.',
  parameters: z.object({ theme: z.enum(['light', 'dark', 'system']) }),
  errorFunction: explainToModel,
  execute: ({ theme }, context?: RunContext<AgentChat>, details?) => {
    context?.context.callBrowser({
      name: 'switch_theme',
      arguments: { theme },
      callId: details?.toolCall?.callId,
    })
    return 'asked the browser'
  },
})
