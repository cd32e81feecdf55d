const TOPIC_CHARS_MAX = 60

/** Whether a text asks for something that takes long to read. */
export function asksForLength(text: string): boolean {
  return (
    /\b(?:long|detailed|in.depth|comprehensive|extensive)\b/i.test(text) ||
    /\b(?:essay|article|an? (?:\w+ )?report|story|tutorial|\d{3,} words)\b/i.test(text)
  )
}

/** Whether a text asks for something made up, for which no tool would be of use. */
export function asksForWriting(text: string): boolean {
  const verbs = 'write|compose|draft|explain|summari[sz]e|translate|invent|tell me a'
  return asksForLength(text) || new RegExp(`^(?:please |can you )?(?:${verbs})\\b`, 'i').test(text)
}

/** What a text is about, short enough for a title. */
export function topicOf(text: string): string {
  const line = plain(text).replace(/,? (?:in|with|of) (?:about )?\d+ words\b/gi, '')
  const about = /\b(?:about|regarding|on|of)\s+(?:(?:a|an|the|my|our)\s+)?([^.!?,;:]+)/i.exec(line)
  const words = (about?.[1] ?? line.replace(/[.!?]+$/, '')).split(' ')
  let topic = words.shift() ?? ''
  while (words[0] && topic.length + words[0].length < TOPIC_CHARS_MAX) topic += ` ${words.shift()}`
  return topic.slice(0, TOPIC_CHARS_MAX) || 'nothing in particular'
}

/** One line without the signs that markdown would act on. */
export function plain(text: string): string {
  return text
    .replaceAll(/[`*_#<>|[\]\\]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
