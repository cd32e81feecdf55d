import { test } from 'node:test'
import { expectEachToFail } from './verified.ts'
import type { DefectiveDeployment } from './verified.ts'
import { withHead, withStatus } from './verify-proxy.ts'
import type { Defect } from './verify-proxy.ts'

/** A deployment whose errors say more than they should. */
function leaking(detail: string, status: number): Defect {
  return {
    text: (text, head) =>
      head.status === status
        ? text.replace(/"detail":"/, `"detail":${JSON.stringify(detail).slice(0, -1)} `)
        : text,
  }
}

/** Each defect, and the one line of the report that it has to turn to ✗. */
const defects: readonly DefectiveDeployment[] = [
  [
    'errors have a stack trace',
    'answers.detail',
    leaking('Error: no\n    at answer (/app/main.js:12:3)', 400),
  ],
  [
    'errors have the words of the database',
    'answers.detail',
    leaking('relation "threads" does not exist', 404),
  ],
  ['errors have the words of the parser', 'answers.detail', leaking('Unexpected token', 400)],
  [
    'a header has the words of a library',
    'answers.detail',
    withHead((head) => {
      if (head.status === 401)
        head.headers['www-authenticate'] = 'Bearer error="jwt expired at node_modules/jose"'
    }),
  ],
  [
    'a header names a table',
    'answers.detail',
    withHead(({ status, headers }) => {
      if (status === 404) headers['x-debug'] = 'relation "threads" does not exist'
    }),
  ],
  ['errors name a host', 'answers.detail', leaking('connect ECONNREFUSED 10.0.3.7:5432', 404)],
  [
    'errors of a proxy are pages',
    'answers.form',
    {
      head: ({ status, headers }) => {
        if (status === 404) headers['content-type'] = 'text/html'
      },
      text: (text, { status }, { method }) =>
        status === 404 && method === 'GET' ? '<h1>404 Not Found</h1>' : text,
    },
  ],
]

/** The same of what stands before answers. */
const headDefects: readonly DefectiveDeployment[] = [
  [
    'all requests have the same id',
    'answers.request-id',
    withHead(({ headers }) => (headers['x-request-id'] = 'req_1')),
  ],
  [
    'browsers may guess types',
    'answers.headers',
    withHead(({ headers }) => delete headers['x-content-type-options']),
  ],
  [
    'browsers may keep what is private',
    'answers.headers',
    withHead(({ headers }) => (headers['cache-control'] = 'no-cache')),
  ],
  [
    'others may keep what is private',
    'answers.headers',
    withHead(({ headers }) => (headers['cache-control'] = 'public, no-store')),
  ],
  [
    'a cookie is set',
    'answers.headers',
    withHead(({ headers }) => (headers['set-cookie'] = 'a=b; Secure; HttpOnly')),
  ],
  [
    'pages may have another base',
    'answers.headers',
    withHead(({ headers }) => {
      const policy = "default-src 'none';frame-ancestors 'none'"
      headers['content-security-policy'] = policy
    }),
  ],
  [
    'the server says what it is',
    'answers.banner',
    withHead(({ headers }) => (headers['server'] = 'nginx/1.18.0')),
  ],
  [
    'the framework says what it is',
    'answers.banner',
    withHead(({ headers }) => (headers['x-powered-by'] = 'Express')),
  ],
  ['files are served', 'answers.not-found', withStatus(200, ({ path }) => path === '/.env')],
  [
    'conversations can be read with GET',
    'answers.methods',
    withStatus(200, ({ method, path }) => method === 'GET' && path === '/chatkit'),
  ],
]

test('each answer that should not be given fails its own line', async (t) => {
  await expectEachToFail(t, defects)
})

test('each head of an answer that should be different fails its own line', async (t) => {
  await expectEachToFail(t, headDefects)
})
