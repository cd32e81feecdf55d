import { tool } from '@openai/agents'
import type { RunContext } from '@openai/agents'
import { z } from 'zod'
import type { AgentChat } from '../../protocol/author.ts'
import { explainToModel } from './explain-to-model.ts'

/** Asks the browser, which alone knows, for the user's time zone. */
export const browserTimeZone = tool({
  name: 'browser_time_zone',
  description: 'Finds out the time zone that the user is in.',
  parameters: z.object({}),
  errorFunction: explainToModel,
  execute: (_input, context?: RunContext<AgentChat>, details?) => {
    context?.context.callBrowser({
      name: 'browser_time_zone',
      arguments: {},
      callId: details?.toolCall?.callId,
    })
    return 'asked the browser'
  },
})
