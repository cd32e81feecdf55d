import { test } from 'node:test'
import { expectEachToFail } from './verified.ts'
import type { DefectiveDeployment } from './verified.ts'
import { withStatus } from './verify-proxy.ts'
import type { Defect, Exchange } from './verify-proxy.ts'

/** A deployment that fails where it should not. */
function failing(part: string): Defect {
  const isMeant = ({ body }: Exchange) => body.includes(part)
  return {
    ...withStatus(500, isMeant),
    text: (text, _head, exchange) =>
      isMeant(exchange) ? '{"code":"internal","detail":"No.","message":"No."}' : text,
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
    'health asks something else',
    'health.live',
    {
      text: (text, _head, { path }) =>
        path === '/health' ? '{"status":"ok","database":"ok"}' : text,
    },
  ],
  ['it is not ready', 'health.ready', withStatus(503, ({ path }) => path === '/ready')],
]

test('each request that should be refused fails its own line', async (t) => {
  await expectEachToFail(t, defects)
})
