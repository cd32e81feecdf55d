import type { JSX } from 'preact'
import type { LocalConfig } from '../wire/pages.ts'
import { ActionButton } from './turn.tsx'

interface HeadProps {
  readonly title: string | undefined
  readonly config: LocalConfig
  readonly onMenu: () => void
}

/** What this conversation is called, and who answers in it. */
export function Head({ title, config, onMenu }: HeadProps): JSX.Element {
  return (
    <header class="head">
      <div class="head-row">
        <span class="menu-button">
          <ActionButton label="Open conversations" icon="menu" onPress={onMenu} />
        </span>
        <h1>{title?.trim() || 'New conversation'}</h1>
        <p class="model" title="The model that answers">
          {config.demo ? 'Demo model' : config.model}
        </p>
      </div>
      {config.demo && (
        <p class="demo-note">
          The built-in demo model answers here. For a real one, set <code>OPENAI_API_KEY</code> in{' '}
          <code>.env</code> and start again.
        </p>
      )}
    </header>
  )
}
