import assert from 'node:assert/strict'
import { test } from 'node:test'
import { citationsOf, withMarks } from '../../service/local/page/chat/citations.ts'
import { markdownBlocks } from '../../service/local/page/chat/markdown.ts'
import type { Annotation } from '../../service/local/page/wire/items.ts'

function web(url: string, index?: number): Annotation {
  return { source: { type: 'url', title: 'T', url }, index }
}

/** The text as HTML, with each mark as its number in brackets. */
function drawn(text: string, annotations: readonly Annotation[]): string {
  const citations = citationsOf(annotations)
  return markdownBlocks(withMarks(text, annotations, citations), citations)
    .map((block) => (block.kind === 'prose' ? block.toHtml() : `<pre>${block.text}</pre>`))
    .join('')
    .replaceAll(/<sup>.*?>(\d+)<.*?<\/sup>/g, '[$1]')
    .trim()
}

const a = 'https://a.example.com/'
const b = 'https://b.example.com/'

test('sources are numbered by where they first appear, each once', () => {
  const citations = citationsOf([web(b, 9), web(a, 3), web(b, 1), { source: undefined, index: 0 }])
  assert.deepEqual(
    citations.map(({ number, source }) => [number, source.type === 'url' && source.url]),
    [
      [1, b],
      [2, a],
    ],
  )
})

test('a mark stands behind what it belongs to, whatever Markdown is around it', () => {
  assert.equal(drawn('**Good.** Bad.', [web(a, 9)]), '<p><strong>Good.</strong>[1] Bad.</p>')
  assert.equal(drawn('One\n\nTwo', [web(a, 5)]), '<p>One[1]</p>\n<p>Two</p>')
  assert.equal(drawn('Words', [web(a, 500)]), '<p>Words[1]</p>')
  assert.match(drawn('| x |\n| - |\n| y |\n', [web(a, 18)]), /<td>y\[1\]<\/td>/)
})

test('a mark breaks neither a link nor code', () => {
  const link = drawn('[page](https://x.example.com/path)', [web(a, 25)])
  assert.match(link, /href="https:\/\/x\.example\.com\/path"[^>]*>page<\/a>\[1\]/)
  const bare = 'See https://x.example.com/path'
  assert.match(
    drawn(bare, [web(a, bare.length)]),
    /path"[^>]*>https:\/\/x\.example\.com\/path<\/a>\[1\]/,
  )
  assert.equal(drawn('```\ncode\n```', [web(a, 6)]), '<pre>code</pre>')
})

// The text is a model's: what looks like a mark must not become one.
test('a text cannot forge a mark', () => {
  assert.doesNotMatch(drawn('\u27E6\uE0001\u27E7', [web(a)]), /\[1\]/)
})
