import { test } from 'node:test'
import { expectEachToFail } from './verified.ts'
import type { DefectiveDeployment } from './verified.ts'
import { withHead, withStatus } from './verify-proxy.ts'
import type { Defect, Exchange } from './verify-proxy.ts'

const TIMEOUT = { timeout: 140_000 }

/** A deployment that fails where it should not. */
function failing(part: string): Defect {
  const isMeant = ({ body }: Exchange) => body.includes(part)
  return {
    ...withStatus(500, isMeant),
    text: (text, _head, exchange) =>
      isMeant(exchange) ? '{"code":"internal","detail":"No.","message":"No."}' : text,
  }
}

/** A deployment whose errors say more than they should. */
function leaking(detail: string, status: number): Defect {
  return {
    text: (text, head) =>
      head.status === status
        ? text.replace(/"detail":"/, `"detail":${JSON.stringify(detail).slice(0, -1)} `)
        : text,
  }
}

const inBody = (part: string) => (exchange: Exchange) => exchange.body.includes(part)

const bytesOf = ({ body }: Exchange) => body.length

/** Each defect, and the one line of the report that it has to turn to ✗. */
const defects: readonly DefectiveDeployment[] = [
  [
    'bodies may have any size',
    'bodies.limit',
    withStatus(200, (exchange, { status }) => status === 413 && bytesOf(exchange) > 0),
  ],
  [
    'malformed JSON is a fault of the server',
    'bodies.malformed',
    withStatus(500, ({ body }) => body === '[1,]'),
  ],
  [
    'a refusal does not say what was wrong',
    'bodies.path',
    {
      text: (text, { status }) => (status === 400 ? text.replace(/params\.[\w.]+/, 'body') : text),
    },
  ],
  [
    'an unknown operation is a fault of the server',
    'bodies.unknown-operation',
    failing('threads.drop'),
  ],
  ['deep JSON is accepted', 'bodies.depth', withStatus(200, inBody('[[[[[[[['))],
  [
    'any content type is taken for JSON',
    'bodies.type',
    withStatus(200, ({ headers }) => headers['content-type'] === 'text/plain'),
  ],
  ['NUL is a fault of the server', 'bodies.text', failing('\\u0000')],
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
  [
    'health asks something else',
    'health.live',
    {
      text: (text, _head, { path }) =>
        path === '/health' ? '{"status":"ok","database":"ok"}' : text,
    },
  ],
  ['it is not ready', 'health.ready', withStatus(503, ({ path }) => path === '/ready')],
]

test('each answer that should not be given fails its own line', TIMEOUT, async (t) => {
  await expectEachToFail(t, defects)
})
