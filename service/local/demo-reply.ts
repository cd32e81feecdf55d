import type { ModelRequest } from '@openai/agents'
import { asksForLength, plain, topicOf } from './demo-ask.ts'
import { writeLongReply } from './demo-long-reply.ts'
import { presentResults } from './demo-result.ts'
import type { Turn } from './demo-turn.ts'
import { hashOf, isStopWord, tokensOf } from './demo-words.ts'

const QUOTE_CHARS_MAX = 160
const GREETING_WORDS_MAX = 6
const CONSIDERATIONS_MAX = 5

const INTRODUCTION =
  'I am the **demo model**: I know nothing, but I stream and call tools like a real one. For real ' +
  'answers, set `OPENAI_API_KEY` and start again.'

/** The demo model's answer. The same conversation always gets the same one. */
export function writeReply(turn: Turn, tools: ModelRequest['tools']): string {
  const body = writeBody(turn, tools)
  return turn.isFirst ? `${body}\n\n${INTRODUCTION}` : body
}

function writeBody(turn: Turn, tools: ModelRequest['tools']): string {
  if (turn.results.length > 0) return presentResults(turn.results)
  const text = plain(turn.message)
  if (text === '') return 'You sent no text, so here is an answer without a question.'
  if (asksForLength(text)) return writeLongReply(topicOf(text), text)
  if (ABILITIES.test(text)) return describeAbilities(tools)
  const words = text.split(' ').length
  if (words <= GREETING_WORDS_MAX) {
    if (/^(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings)\b/i.test(text)) {
      return pick(GREETINGS, text)
    }
    if (/\b(?:thanks|thank you|cheers)\b/i.test(text)) return pick(THANKS, text)
  }
  return text.endsWith('?') || QUESTION.test(text) ? answerQuestion(text) : answerStatement(text)
}

const QUESTION =
  /^(?:who|what|when|where|why|which|how|is|are|do|does|did|can|could|would|should|will)\b/i

const GREETINGS = [
  'Hello! Good to see you here. What would you like to try?',
  'Hi there! Ask me something, or try "Write a long article about lighthouses".',
  'Hello, and welcome. I am ready when you are.',
]

const THANKS = [
  'You are welcome!',
  'My pleasure. Is there anything else you would like to try?',
  'Gladly. Ask for something long if you want to see more of me.',
]

const ABILITIES =
  /^(?:help|who are you|what can (?:you|i) (?:do|ask)|what do you do|what are you|(?:which|what) tools)\b/i

function describeAbilities(tools: ModelRequest['tools']): string {
  const lines = tools
    .filter((tool) => tool.type === 'function')
    .map((tool) => `- \`${tool.name}\`: ${plain(tool.description)}`)
  const ending = 'Ask for "a long article about lighthouses" to watch me write.'
  if (lines.length === 0) return `I have no tools here. ${ending}`
  return `These are my tools. Name one, or ask for what it does:\n\n${lines.join('\n')}\n\n${ending}`
}

const QUESTION_OPENINGS = [
  'Good question.',
  'That is worth asking.',
  'I wish I knew.',
  'Let me think about that.',
]

const QUESTION_ENDINGS = [
  'A real model would now tell you what it knows.',
  'The honest answer of a demo is that it depends.',
  'Nobody has taught me the answer, but I can repeat the question very well.',
]

function answerQuestion(text: string): string {
  const opening = pick(QUESTION_OPENINGS, text)
  const ending = pick(QUESTION_ENDINGS, `${text} `)
  return `${opening} You asked:\n\n${quote(text)}\n\n${ending}${considerations(text)}`
}

const STATEMENT_ENDINGS = [
  'Tell me more, or turn it into a question.',
  'Noted. What should happen with it?',
  'I take that as it stands. Where do we go from here?',
]

function answerStatement(text: string): string {
  const count = text.split(' ').length
  const size = count === 1 ? 'one word' : `${count} words`
  const ending = pick(STATEMENT_ENDINGS, text)
  return `You wrote ${size}:\n\n${quote(text)}${considerations(text)}\n\n${ending}`
}

/** A list of what the text dwells on, so that longer messages get longer answers. */
function considerations(text: string): string {
  const telling = tokensOf(text).filter((word) => word.length > 3 && !isStopWord(word))
  const words = [...new Set(telling)].slice(0, CONSIDERATIONS_MAX)
  if (words.length < 2) return ''
  const lines = words.map((word, index) => `${index + 1}. **${word}** ${pick(REMARKS, word)}`)
  return `\n\nThese are the words that stand out:\n\n${lines.join('\n')}`
}

const REMARKS = [
  'seems to be what this is about.',
  'could be made more precise.',
  'is where I would look first.',
  'deserves a second thought.',
  'sets the tone of the message.',
]

function quote(text: string): string {
  const short = text.length > QUOTE_CHARS_MAX ? `${text.slice(0, QUOTE_CHARS_MAX).trim()}…` : text
  return `> ${short}`
}

function pick(choices: readonly string[], text: string): string {
  return choices[hashOf(text) % choices.length] ?? ''
}
