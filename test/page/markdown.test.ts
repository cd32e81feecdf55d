import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markdownBlocks } from '../../service/local/page/chat/markdown.ts'

function html(text: string): string {
  return markdownBlocks(text)
    .map((block) => (block.kind === 'prose' ? block.toHtml() : `[code ${block.text}]`))
    .join('')
}

// The text comes from a model, which repeats what strangers wrote.
test('HTML in a text is shown as it was written', () => {
  const shown = html('Hi <img src=x onerror=alert(1)>\n\n<script>alert(1)</script>')
  assert.doesNotMatch(shown, /<(?:img|script)/)
  assert.match(shown, /&lt;script&gt;/)
})

test('a link opens elsewhere and leads to the web or to mail, never to code', () => {
  const link = '<a href="https://a.example/?q=1" target="_blank" rel="noopener noreferrer">A</a>'
  assert.match(html('[A](https://a.example/?q=1)'), new RegExp(RegExp.escape(link)))
  for (const target of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    '/local',
  ]) {
    assert.doesNotMatch(html(`[A](${target})`), /<a|href/, target)
  }
})

test('an address cannot leave its attribute', () => {
  assert.doesNotMatch(html('[A](https://a.example/"onmouseover="alert(1))'), /"onmouseover/)
  assert.doesNotMatch(html('![a" onerror="x](data:image/png;base64,AA==)'), / onerror="/)
})

// Fetching a picture tells its host whatever a model was talked into putting in the address.
test('a picture on another host is a link; one inside the text is a picture', () => {
  const remote = html('![Chart](https://spy.example/?secret=1)')
  assert.doesNotMatch(remote, /<img/)
  assert.match(remote, /<a href="https:\/\/spy\.example\/\?secret=1"[^>]*>Chart<\/a>/)
  assert.match(
    html('![Dot](data:image/png;base64,AA==)'),
    /<img src="data:image\/png;base64,AA==" alt="Dot">/,
  )
  assert.doesNotMatch(html('![x](data:image/svg+xml;base64,AA==)'), /<img/)
})

test('a growing text changes its last block only', () => {
  const before = markdownBlocks('# One\n\nTwo\n\nThr')
  const grown = markdownBlocks('# One\n\nTwo\n\nThree')
  assert.deepEqual(
    grown.slice(0, -1).map((block) => block.source),
    before.slice(0, -1).map((block) => block.source),
  )
})

test('code that is still being written is code already', () => {
  const [block] = markdownBlocks('```ts\nconst a = 1')
  assert.equal(block?.kind, 'code')
})
