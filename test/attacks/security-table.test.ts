import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parts } from '../../infra/commands/verify/run-checks.ts'

const DOCUMENT = '.github/SECURITY.md'
const document = readFileSync(DOCUMENT, 'utf8')

/** A test as the document names it: `attacks/csrf: a GET with a cookie`. */
const CITATION = /`([a-z][\w-]*(?:\/[\w-]+)*): ([^`]+)`/g
const CHECK = /`verify ([\w-]+\.[\w-]+)`/g
/** What a test is called in its file, also across lines and with values to be filled in. */
const NAME = /\btest\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g

/**
 * How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; those of level 3 come
 * after them. Of the sections that the document names as a whole, one is enough.
 */
const ASVS = [
  '1.1:2 1.2:9 1.3:11 1.4:3 1.5:2',
  '2.1:3 2.2:3 2.3:4 2.4:1',
  '3.2:2 3.3:4 3.4:6 3.5:5 3.7:2',
  '4.1:3 4.2:1 4.3:2 4.4:4',
  '5.1:1 5.2:3 5.3:2 5.4:3',
  '6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4',
  '7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2',
  '8.1:2 8.2:3 8.3:1 8.4:1',
  '9.1:3 9.2:4',
  '10.1:2 10.2:2 10.3:4 10.4:1 10.5:1 10.6:2 10.7:3',
  '11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1',
  '12.1:3 12.2:2 12.3:4',
  '13.1:1 13.2:5 13.3:2 13.4:5',
  '14.1:2 14.2:4 14.3:3',
  '15.1:3 15.2:3 15.3:7',
  '16.1:1 16.2:5 16.3:4 16.4:3 16.5:3',
  '17.1:1 17.2:4 17.3:2',
]

/** What was asked for beyond them: authorisation, tokens, and the last resort of logs. */
const LEVEL_3 = '8.1.3 8.1.4 8.2.4 8.3.2 8.3.3 8.4.2 10.3.5 16.5.4'.split(' ')

/**
 * The rows of the bar that this is measured by, each with the words that begin it there, and the
 * titles of tests that are named after it.
 */
const BAR: readonly (readonly [row: string, ...titles: readonly string[]])[] = [
  ['every request to /chatkit is authenticated', 'a request without a valid token is refused'],
  [
    'threads, items, attachments belong to a user',
    'what is not theirs looks exactly like what never',
  ],
  [
    'OPENAI_API_KEY, JWT_SECRET, database password',
    'where the secrets are and never what they are',
  ],
  ['request bodies are never logged', 'nothing that a client sends gets into the log'],
  ['tool inputs are validated', 'hostile arguments are refused before anything runs'],
  ['domain allowlist', 'every page is named once, by its host alone'],
  ['CORS only for the configured origins', 'only the exact origins of the configuration may read'],
  ['HTTPS', 'browsers get TLS 1.2 or 1.3', 'plain HTTP is only ever redirected'],
  ['JWT: algorithm allow-list', 'Wycheproof’s signatures', 'JWKS: no key confusion'],
  ['JWT_SECRET ≥ 256 bits', 'a JWT_SECRET of ${what} is refused at start-up'],
  ['JWT: exp, sub required and typed', 'JWT: exp, sub required and typed'],
  ['rotation', 'rotation: the old secret works until', 'rotation: no request fails while'],
  ['session token (Better Auth)', 'session token (Better Auth): a user is known'],
  ['development header', 'development header x-user-id: start-up refuses it in production'],
  ['identity headers X-User-Id', 'identity headers change nothing beside a token'],
  ['body 1 MiB', 'a body may have exactly as many bytes', 'what is malformed is a 400'],
  [
    '`__proto__`, duplicate keys, invalid JSON',
    'exactly those that RFC 8259 allows',
    'of two properties',
  ],
  ['text: NUL, lone surrogates, naughty strings', 'texts come back as they were sent but for NUL'],
  ['slowloris, slow body, slow read', 'slowloris: ', 'slow body: ', 'slow read: '],
  [
    'rate and quota per user',
    'requests a minute: ',
    'live answers of the ',
    'whose process was killed',
  ],
  [
    'error detail',
    'nothing that a provider says in its failures',
    'nothing that the database says',
  ],
  ['SSE and log injection', 'no text can begin an event', 'each request and each run is one line'],
  ['database TLS', 'no address can talk the service out of verified TLS'],
  ['container', 'is not root and can write nothing but /tmp'],
  [
    'supply chain',
    'supply chain: at most ',
    'supply chain: npm writes',
    'supply chain: install scripts',
  ],
]
/** Where the bar itself may lie, beside the repository. */
const BAR_FILE = '../shared/security.md'

function isProof(id: string): boolean {
  return !id.startsWith('elsewhere.') && !id.startsWith('health.')
}

function citationsIn(text: string): readonly { readonly file: string; readonly words: string }[] {
  const found = Array.from(text.matchAll(CITATION))
  return found.map(([, path = '', words = '']) => ({ file: `test/${path}.test.ts`, words }))
}

function namesIn(file: string): readonly string[] {
  const found = Array.from(readFileSync(file, 'utf8').matchAll(NAME))
  return found.map(([, single, double, filled]) => single ?? double ?? filled ?? '')
}

/** The rows between two marks, cells without the spaces around them. */
function rowsIn(name: string): readonly (readonly string[])[] {
  const [, part = ''] = document.split(new RegExp(`<!-- /?${name} -->`))
  const lines = part.split('\n').filter((line) => line.startsWith('|'))
  const cells = lines.map((line) => line.split('|').slice(1, -1))
  return cells.slice(2).map((row) => row.map((cell) => cell.trim()))
}

test('every test that the document names is there, under that name', () => {
  const files = new Set(globSync('test/**/*.test.ts').map((file) => file.replaceAll('\\', '/')))
  const cited = citationsIn(document)
  assert.ok(cited.length > 150)
  for (const { file, words } of cited) {
    assert.ok(files.has(file), `${DOCUMENT} names ${file}, which is not there`)
    const isThere = namesIn(file).some((name) => name.includes(words))
    assert.ok(
      isThere,
      `${DOCUMENT} names "${words}" in ${file}; its tests: ${namesIn(file).join('; ')}`,
    )
  }
})

test('every check that the document names is one of npm run verify, and the other way round', () => {
  const cited = new Set(Array.from(document.matchAll(CHECK), ([, id = '']) => id))
  const known = parts.flatMap(({ checks }) => checks.map(({ id }) => id))
  for (const id of cited) assert.ok(known.includes(id), `there is no check ${id}`)
  assert.deepEqual(
    known.filter((id) => isProof(id) && !cited.has(id)),
    [],
  )
})

test('every requirement has a test', () => {
  const rows = rowsIn('requirements')
  assert.ok(rows.length >= 25)
  for (const [requirement = '', proof = ''] of rows) {
    assert.ok(citationsIn(proof).length > 0, `no test for: ${requirement}`)
  }
})

test('every row of the bar has tests that are named after it', () => {
  const titles = globSync('test/**/*.test.ts').flatMap(namesIn)
  for (const [row, ...named] of BAR) {
    for (const words of named) {
      assert.ok(
        titles.some((title) => title.includes(words)),
        `no test for ${row}: ${words}`,
      )
    }
  }
})

test(
  'the rows of the bar are these',
  { skip: !existsSync(BAR_FILE) && 'it does not lie here' },
  () => {
    const lines = readFileSync(BAR_FILE, 'utf8').split('\n')
    const rows = lines.filter((line) => line.startsWith('| ')).slice(1)
    const left = rows.filter(
      (line) => !BAR.some(([row]) => line.replace(/^\| (\d )?/, '').startsWith(row)),
    )
    assert.deepEqual(left, [])
    assert.equal(rows.length, BAR.length)
  },
)

for (const name of ['api', 'llm']) {
  test(`every row of the table ${name} has a test or a reason`, () => {
    const rows = rowsIn(name)
    assert.equal(new Set(rows.map(([id]) => id)).size, 10)
    for (const [id, , reason = ''] of rows) {
      assert.ok(citationsIn(reason).length > 0 || /\w{3}.*\.$/.test(reason), `${id} has no reason`)
    }
  })
}

test('every requirement of ASVS 5.0 on levels 1 and 2 has a test or a reason, once', () => {
  const rows = rowsIn('asvs')
  const ids = rows.map(([id = '']) => id)
  assert.equal(new Set(ids).size, ids.length, 'an id is there twice')
  for (const [id, , reason = ''] of rows) {
    assert.ok(citationsIn(reason).length > 0 || /\w{3}.*\.$/.test(reason), `${id} has no reason`)
  }
  const isCovered = (id: string) => {
    const [chapter = '', section = ''] = id.split('.')
    return [id, `${chapter}.${section}`, chapter].some((one) => ids.includes(one))
  }
  const counts = ASVS.flatMap((line) => line.split(' ')).map((entry) => entry.split(':'))
  const lower = counts.flatMap(([section, count]) =>
    Array.from({ length: Number(count) }, (_one, index) => `${section}.${index + 1}`),
  )
  const demanded = [...lower, ...LEVEL_3]
  assert.deepEqual(
    demanded.filter((id) => !isCovered(id)),
    [],
  )
  const sections = new Set(counts.flatMap(([id = '']) => [id, id.split('.')[0] ?? '']))
  const unknown = ids.filter((id) => !sections.has(id) && !demanded.includes(id))
  assert.deepEqual(unknown, [])
})
