import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundlePage } from '../../service/local/page/bundle.ts'
import { contentSecurityPolicies } from '../../service/local/page/content-security-policies.ts'

test('the page is three files, and the first one names the other two', async () => {
  const files = await bundlePage()
  const paths = files.map(({ path }) => path)
  assert.deepEqual(paths.toSorted(), ['/', '/page.css', '/page.js'])
  const html = new TextDecoder().decode(files[0]?.body)
  assert.match(html, /src="\/page\.js"/)
  assert.match(html, /href="\/page\.css"/)
})

// The page must work on a machine without internet, and must not tell anybody that it was opened.
test('neither the page nor its style names another host', async () => {
  for (const { path, body } of await bundlePage()) {
    const text = new TextDecoder().decode(body).replaceAll('http://www.w3.org/2000/svg', '')
    if (path !== '/page.js') assert.doesNotMatch(text, /https?:|\/\//, path)
  }
})

test('only the official component opens the page to another host', () => {
  assert.doesNotMatch(contentSecurityPolicies.page, /https?:|unsafe|\*/)
  assert.match(contentSecurityPolicies.official, /frame-src https:\/\/cdn\.platform\.openai\.com/)
  assert.doesNotMatch(contentSecurityPolicies.official, /unsafe-eval|\*/)
})
