import type { ChatApplication } from '../../service/protocol/chat.ts'
import { ScriptEnd, Performances, actPlainly, perform } from './perform.ts'
import { TraceFault, fillScript } from './placeholders.ts'
import type { PlainAct, Repetition } from './script-format.ts'
import type { Told } from './told.ts'
import type { ServerTrace } from './trace-format.ts'

type Chat = Parameters<ChatApplication['respond']>[0]

/** An application with the hooks that a trace has a script for. It notes what it is told. */
export function scriptedApplication(trace: ServerTrace, told: Told): ChatApplication {
  const respond = trace.respond && new Performances(trace.respond)
  const feedback: NonNullable<ChatApplication['onFeedback']> = async (said) => {
    const { threadId: thread_id, itemIds: item_ids, kind } = said
    told.note({ hook: 'add_feedback', thread_id, item_ids, kind })
  }
  return {
    respond: async (chat, message) => {
      told.note({ hook: 'respond', input_user_message: message?.id ?? null })
      if (!respond) throw new Error('nobody answers here')
      await play(respond.next(), { chat, told, input: message?.id })
    },
    onFeedback: feedback,
    ...actionOf(trace, told),
    ...syncActionOf(trace, told),
    ...transcribeOf(trace, told),
  }
}

function actionOf(trace: ServerTrace, told: Told): Pick<ChatApplication, 'action'> {
  if (!trace.action) return {}
  const action = new Performances(trace.action)
  return {
    action: async (chat, { type, payload }, sender) => {
      const asked = { type, payload: payload ?? null }
      told.note({ hook: 'action', action: asked, sender: sender?.id ?? null })
      await play(action.next(), { chat, told })
    },
  }
}

function syncActionOf(trace: ServerTrace, told: Told): Pick<ChatApplication, 'syncAction'> {
  if (!trace.sync_action) return {}
  const syncAction = new Performances(trace.sync_action)
  return {
    syncAction: async (scene, { type, payload }, sender) => {
      const asked = { type, payload: payload ?? null }
      told.note({ hook: 'sync_action', action: asked, sender: sender?.id ?? null })
      const [entry] = syncAction.next()
      if (!entry?.updated_item) return undefined
      const item = fillScript(entry.updated_item, { threadId: scene.thread.id })
      if (entry.save) await scene.save(item)
      return item
    },
  }
}

function transcribeOf(trace: ServerTrace, told: Told): Pick<ChatApplication, 'transcribe'> {
  const { transcript } = trace.app
  if (transcript === undefined) return {}
  return {
    transcribe: async ({ bytes, mimeType: mime_type, mediaType: media_type }) => {
      const audio_hex = Buffer.from(bytes).toString('hex')
      told.note({ hook: 'transcribe', audio_hex, mime_type, media_type })
      return transcript
    },
  }
}

interface Scene {
  readonly chat: Chat
  readonly told: Told
  readonly input?: string | undefined
}

async function play(
  entries: readonly (PlainAct | Repetition<PlainAct>)[],
  { chat, told, input }: Scene,
): Promise<void> {
  try {
    const act = (entry: PlainAct) => actPlainly(chat, entry)
    await perform(entries, { threadId: chat.thread.id, input, act })
  } catch (error) {
    if (error instanceof ScriptEnd) return
    if (error instanceof TraceFault) told.complain(error.message)
    throw error
  }
}
