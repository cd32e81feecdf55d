import type { Author } from '../protocol/author.ts'
import { act, actAtOnce } from './actions.ts'
import { agent, titleOf } from './agent.ts'
import { submitWithReason } from './expenses/submission.ts'

/** Everything that this team decides about its assistant. */
export const author: Author = {
  respond: async (chat, message) => {
    if (message && chat.thread.title === undefined) chat.thread.title = titleOf(message)
    if (!message && (await submitWithReason(chat))) return
    await chat.answerWith(agent)
  },
  action: act,
  syncAction: actAtOnce,
}
