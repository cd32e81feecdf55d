import type { JSX } from 'preact'

// Any model can answer these. The agent shows a card for the second, and has the page itself act
// for the last two.
const starters = [
  'What can you do?',
  'What time is it in Tokyo and New York?',
  'What is my time zone?',
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
