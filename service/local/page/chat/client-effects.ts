import { SwitchTheme, type ToolSurroundings } from './client-tools.ts'

export interface ClientEffect {
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

type Effect = (data: ClientEffect['data'], surroundings: ToolSurroundings) => void

// What the server can make happen on the page without waiting for anything. The key is its name.
const effects: Readonly<Record<string, Effect>> = {
  switch_theme: (data, { switchTheme }) => {
    const wish = SwitchTheme.safeParse(data)
    if (wish.success) switchTheme(wish.data.theme)
  },
  focus_message: (_, { focusMessage }) => focusMessage(),
}

/** Does what the server announces, and says whether the page knows how. */
export function runClientEffect(effect: ClientEffect, surroundings: ToolSurroundings): boolean {
  const run = Object.hasOwn(effects, effect.name) ? effects[effect.name] : undefined
  run?.(effect.data, surroundings)
  return run !== undefined
}
