import type { JSX } from 'preact'

// Any model can answer these; the last two make the agent use the page's own tools.
const starters = ['What can you do?', 'What time is it where I am?', 'Switch to the dark theme']

/** What an empty conversation shows. */
export function Greeting({ onPick }: { onPick: (text: string) => void }): JSX.Element {
  return (
    <div class="greeting">
      <h2>What can I help with?</h2>
      <ul>
        {starters.map((text) => (
          <li key={text}>
            <button type="button" class="starter" onClick={() => onPick(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
