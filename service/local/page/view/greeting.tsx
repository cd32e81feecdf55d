import type { JSX } from 'preact'

// Any model can answer these. The agent shows a card for the second and the third; the page itself
// acts for the last.
const starters = [
  'What can you do?',
  'File an expense of 42.50 EUR for meals at Trattoria Luigi',
  'What time is it in Tokyo and New York?',
  'Switch to the dark theme',
]

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
