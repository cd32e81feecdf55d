import { z } from '../wire/zod.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** What the page's tools may do to the page. */
export interface ToolSurroundings {
  readonly switchTheme: (theme: Theme) => void
  /** Puts the cursor where messages are written. */
  readonly focusMessage: () => void
  readonly copyText: (text: string) => Promise<void>
  /** Opens an address in another tab. */
  readonly openUrl: (url: string) => void
}

type Tool = (
  input: unknown,
  surroundings: Pick<ToolSurroundings, 'switchTheme'>,
) => Record<string, unknown>

export const SwitchTheme = z.object({ theme: z.enum(themes) })

// A tool that an agent calls by name. The key is the name the agent uses.
const tools: Readonly<Record<string, Tool>> = {
  browser_time_zone: () => ({
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    locale: navigator.language,
  }),
  switch_theme: (input, { switchTheme }) => {
    const wish = SwitchTheme.safeParse(input)
    if (!wish.success) return { error: `theme must be one of: ${themes.join(', ')}` }
    switchTheme(wish.data.theme)
    return { theme: wish.data.theme }
  },
}

/**
 * Runs one of the page's tools. A tool that does not exist is a result too, so the answer goes on.
 */
export function runClientTool(
  call: { readonly name: string; readonly input: unknown },
  surroundings: Pick<ToolSurroundings, 'switchTheme'>,
): Record<string, unknown> {
  const tool = Object.hasOwn(tools, call.name) ? tools[call.name] : undefined
  return tool?.(call.input, surroundings) ?? { error: `This page has no tool named ${call.name}.` }
}
