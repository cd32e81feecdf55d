import { z } from '../wire/zod.ts'
import { SwitchTheme, type ToolSurroundings } from './client-tools.ts'
import { isLinkable } from './markdown.ts'

/** What an action of a widget may do to the page. */
export interface ActionSurroundings extends ToolSurroundings {
  readonly send: (text: string) => Promise<void>
}

type Handler = (payload: unknown, surroundings: ActionSurroundings) => Promise<void> | void

const Text = z.object({ text: z.string().min(1) })
const Link = z.object({ url: z.string().refine(isLinkable) })

// Actions with the handler `client`. The key is the type of the action; a payload that does not
// fit throws, and the user is told.
const handlers: Readonly<Record<string, Handler>> = {
  send_message: (payload, { send }) => send(Text.parse(payload).text),
  copy_text: (payload, { copyText }) => copyText(Text.parse(payload).text),
  open_url: (payload, { openUrl }) => openUrl(Link.parse(payload).url),
  switch_theme: (payload, { switchTheme }) => switchTheme(SwitchTheme.parse(payload).theme),
  focus_message: (_, { focusMessage }) => focusMessage(),
}

/** Runs one of the page's own actions. Returns what is to be said to the user if it cannot. */
export async function runClientAction(
  action: { readonly type: string; readonly payload: unknown },
  surroundings: ActionSurroundings,
): Promise<string | undefined> {
  const handler = Object.hasOwn(handlers, action.type) ? handlers[action.type] : undefined
  if (!handler) return `This page has no action named ${action.type}.`
  try {
    await handler(action.payload, surroundings)
    return undefined
  } catch {
    return `The action ${action.type} could not be done with what it was given.`
  }
}
