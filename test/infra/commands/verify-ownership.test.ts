import { test } from 'node:test'
import { ORIGIN } from '../../support/service.ts'
import { expectEachToFail } from './verified.ts'
import type { DefectiveDeployment } from './verified.ts'
import { withHead } from './verify-proxy.ts'
import type { Defect, Exchange } from './verify-proxy.ts'

const ALLOW_ORIGIN = 'access-control-allow-origin'
const THREAD = /thr_[0-9a-z]{30}/g

/** A deployment that lets some origins read what it should not. */
function allowing(isAllowed: (origin: string) => boolean): Defect {
  return withHead(({ headers }, exchange) => {
    const { origin } = exchange.headers
    if (origin !== undefined && isAllowed(origin)) headers[ALLOW_ORIGIN] = origin
  })
}

/** A deployment that treats what belongs to others in another way than what is not there. */
function telling(isMeant: (exchange: Exchange, id: string) => boolean, form: RegExp): Defect {
  const made = new Set<string>()
  return {
    head: (head, exchange) => {
      const isForeign = [...made].some((id) => isMeant(exchange, id))
      if (head.status === 404 && isForeign) head.status = 403
    },
    text: (text, _head, exchange) => {
      const isMade = /threads\.create|attachments\.create|get_by_id/.test(exchange.body)
      if (isMade) for (const [id] of text.matchAll(form)) made.add(id)
      return text
    },
  }
}

function userIn({ headers }: Exchange): string {
  const payload = (headers['authorization'] ?? '').split('.')[1] ?? ''
  return Buffer.from(payload, 'base64url').toString()
}

/** A deployment that knows what an operation has made, whoever asks. */
function remembering(
  operation: string,
  form: RegExp,
  change: (text: string, made: readonly string[], exchange: Exchange) => string,
): Defect {
  const made = new Set<string>()
  return {
    text: (text, _head, exchange) => {
      if (exchange.body.includes(operation)) for (const [id] of text.matchAll(form)) made.add(id)
      return change(text, [...made], exchange)
    },
  }
}

/** Each defect, and the one line of the report that it has to turn to ✗. */
const defects: readonly DefectiveDeployment[] = [
  ['origins are reflected', 'cors.others', allowing(() => true)],
  [
    'origins are compared by their beginning',
    'cors.others',
    allowing((origin) => origin.startsWith(ORIGIN)),
  ],
  [
    'origins are compared by their end',
    'cors.others',
    allowing((origin) => origin.endsWith(ORIGIN.slice('https://'.length))),
  ],
  [
    'origins are reflected where files are uploaded',
    'cors.others',
    withHead(({ headers }, exchange) => {
      const { origin } = exchange.headers
      if (origin && exchange.path === '/chatkit/attachments') headers[ALLOW_ORIGIN] = origin
    }),
  ],
  [
    'everybody may read what is too large',
    'cors.others',
    withHead(({ status, headers }, exchange) => {
      if (status === 413 && exchange.headers['origin'] !== ORIGIN) headers[ALLOW_ORIGIN] = '*'
    }),
  ],
  [
    'everybody may read that nothing is there',
    'cors.others',
    withHead(({ status, headers }, exchange) => {
      if (status === 404 && exchange.headers['origin'] !== ORIGIN) headers[ALLOW_ORIGIN] = '*'
    }),
  ],
  ['the origin null is allowed', 'cors.others', allowing((origin) => origin === 'null')],
  [
    'a firewall drops the headers for the page',
    'cors.configured',
    withHead(({ headers }) => delete headers[ALLOW_ORIGIN]),
  ],
  [
    'a preflight does not know a header of ChatKit',
    'cors.preflight',
    withHead(({ headers }) => {
      const allowed = headers['access-control-allow-headers']
      if (allowed === undefined) return
      headers['access-control-allow-headers'] = allowed.replace('chatkit-frame-instance-id, ', '')
    }),
  ],
  [
    'caches are not told of origins',
    'cors.vary',
    withHead(({ headers }) => delete headers['vary']),
  ],
  [
    'others are told that a conversation is there',
    'ownership.threads',
    telling(
      (exchange, id) =>
        userIn(exchange).includes('-other"') &&
        exchange.body.includes(id) &&
        /"sub":"[^"]+-other"/.test(userIn(exchange)),
      THREAD,
    ),
  ],
  [
    'another organisation is told that a conversation is there',
    'ownership.organisations',
    telling(
      (exchange, id) => userIn(exchange).includes('verify-other"') && exchange.body.includes(id),
      THREAD,
    ),
  ],
  [
    'others are told that an item is there',
    'ownership.items',
    telling(
      (exchange, id) =>
        exchange.body.includes('items.list') && exchange.body.includes(`"after":"${id}"`),
      /msg_[0-9a-z]{30}/g,
    ),
  ],
  [
    'others are told that an attachment is there',
    'ownership.attachments',
    remembering('attachments.create', /atc_[0-9a-z]{30}/g, (text, made, exchange) => {
      const isForeign = made.some((id) => exchange.body.includes(id))
      return isForeign ? text.replace('This attachment does not exist.', 'Not yours.') : text
    }),
  ],
  [
    'lists hold the conversations of all',
    'ownership.lists',
    remembering('threads.create', THREAD, (text, made, exchange) => {
      const isList = /threads\.list.*"limit":100/.test(exchange.body)
      return isList ? text.replace('"data":[', `"data":[${JSON.stringify(made)},`) : text
    }),
  ],
  [
    'others have renamed the conversation',
    'ownership.unchanged',
    {
      text: (text, _head, { body }) =>
        body.includes('get_by_id')
          ? text.replace('"created_at"', '"title":"Renamed","created_at"')
          : text,
    },
  ],
]

test('each way to tell others what is not theirs fails its own line', async (t) => {
  await expectEachToFail(t, defects)
})
