import { hashOf } from './demo-words.ts'

const SECTION_WORDS = 110 // about what one section below amounts to
const SECTIONS_MIN = 2
const SECTIONS_DEFAULT = 8
const SECTIONS_MAX = 30
const SENTENCES_PER_PARAGRAPH = 4

/**
 * A long text in markdown that shows all a page must be able to render: headings, lists, a table,
 * a quotation and code. A wanted number of words in `request` is met roughly.
 */
export function writeLongReply(topic: string, request: string): string {
  const wanted = Number(/\b(\d{2,5})\s+words\b/i.exec(request)?.[1] ?? 0)
  const sections = wanted > 0 ? Math.round(wanted / SECTION_WORDS) : SECTIONS_DEFAULT
  const count = Math.min(Math.max(sections, SECTIONS_MIN), SECTIONS_MAX)
  const seed = hashOf(request)
  return [
    `# ${topic.charAt(0).toUpperCase()}${topic.slice(1)}`,
    `This is a long answer about ${topic}, in ${count} parts. Press Stop at any time.`,
    ...Array.from({ length: count }, (_, index) => writeSection(topic, seed, index)),
    '## Conclusion',
    `That is all there is to say about ${topic} for somebody who knows nothing about it.`,
  ].join('\n\n')
}

function writeSection(topic: string, seed: number, index: number): string {
  const title = HEADINGS[(seed + index) % HEADINGS.length] ?? ''
  const exhibit = EXHIBITS[index % EXHIBITS.length]
  return [
    `## ${index + 1}. ${title}`,
    writeParagraph(topic, seed + index * 7),
    ...(exhibit ? [exhibit(topic)] : []),
    writeParagraph(topic, seed + index * 7 + SENTENCES_PER_PARAGRAPH),
  ].join('\n\n')
}

function writeParagraph(topic: string, start: number): string {
  return Array.from({ length: SENTENCES_PER_PARAGRAPH }, (_, offset) =>
    (SENTENCES[(start + offset) % SENTENCES.length] ?? '').replaceAll('{topic}', topic),
  ).join(' ')
}

const HEADINGS = [
  'Where it begins',
  'What people expect',
  'The parts that matter',
  'A closer look',
  'How it is measured',
  'What can go wrong',
  'A small example',
  'Costs and benefits',
  'Looking ahead',
]

const SENTENCES = [
  'Whoever looks at {topic} for the first time sees the surface, and the surface is calm.',
  'It pays to ask early which part of {topic} is a habit and which part is a reason.',
  'Small steps are easier to undo than large ones.',
  'Most of the work is done before anybody notices that it has begun.',
  'There are exceptions, and they are more instructive than the rule.',
  'Two people who speak about {topic} seldom mean the same thing.',
  'A good description fits on one page, and a better one on half of it.',
  'The first measurement is always wrong, but it tells where to put the second.',
  'Seen from a distance, the matter of {topic} looks simple; seen from nearby, it does not.',
  'What cannot be explained to a newcomer is not yet understood.',
  'Time decides much, and patience decides the rest.',
  'Nothing about {topic} has to be perfect in order to be of use.',
  'A list helps, provided that somebody reads it to the end.',
]

const EXHIBITS: readonly ((topic: string) => string)[] = [
  (topic) =>
    ['- what is known', `- what is only believed about ${topic}`, '- what nobody has asked'].join(
      '\n',
    ),
  () =>
    [
      '| Step | Effort | Result |',
      '| --- | --- | --- |',
      '| Look | low | a first idea |',
      '| Measure | medium | a number to argue about |',
      '| Decide | high | something that can be tried |',
    ].join('\n'),
  (topic) => `> Whoever writes about ${topic} should first have been silent about it.`,
  (topic) =>
    [
      '```ts',
      `const topic = ${JSON.stringify(topic)}`,
      "for (const step of ['look', 'measure', 'decide']) {",
      '  console.log(`${step}: ${topic}`)',
      '}',
      '```',
    ].join('\n'),
  () =>
    ['1. Begin with the part that hurts.', '2. Write down what you see.', '3. Repeat.'].join('\n'),
]
