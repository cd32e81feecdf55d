import { test } from 'node:test'
import { z } from 'zod'
import { alice, JWT_SECRET, tokenOf } from '../../support/service.ts'
import { mintToken } from '../../../service/local/tokens.ts'
import { expectEachToFail } from './verified.ts'
import type { DefectiveDeployment } from './verified.ts'
import type { Defect, Exchange } from './verify-proxy.ts'

const Payload = z.looseObject({ sub: z.unknown().optional(), exp: z.unknown().optional() })
const Header = z.looseObject({ alg: z.string() })

/** What a bearer token says, if the request has one. */
function tokenIn({ headers }: Exchange) {
  const [, header = '', payload = ''] =
    /^Bearer ([\w-]+)\.([\w-]+)\.[\w-]*$/.exec(headers['authorization'] ?? '') ?? []
  if (header === '') return undefined
  return { header: Header.parse(read(header)), payload: Payload.parse(read(payload)) }
}

function read(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

/** A deployment that lets in whoever fits a description. */
function accepting(isAccepted: (exchange: Exchange) => boolean): Defect {
  return {
    ask: async (exchange) => {
      if (!isAccepted(exchange)) return
      exchange.headers['authorization'] = `Bearer ${await tokenOf(alice)}`
    },
  }
}

const nowSeconds = () => Date.now() / 1_000

/** Each defect, and the one line of the report that it has to turn to ✗. */
const defects: readonly DefectiveDeployment[] = [
  [
    'requests without a token are let in',
    'sign-in.none',
    accepting(({ headers }) => {
      const isEarly = headers['content-length'] === '900000'
      const { authorization } = headers
      return (
        authorization === undefined && !headers['x-user-id'] && !headers['x_user_id'] && !isEarly
      )
    }),
  ],
  [
    'any scheme is taken',
    'sign-in.scheme',
    accepting(({ headers }) => headers['authorization']?.startsWith('Basic ') ?? false),
  ],
  [
    'an empty token is taken',
    'sign-in.empty',
    accepting(({ headers }) => headers['authorization'] === 'Bearer'),
  ],
  [
    'tokens never expire',
    'sign-in.expired',
    accepting((exchange) => Number(tokenIn(exchange)?.payload.exp) < nowSeconds()),
  ],
  [
    'two minutes of difference between clocks are forgiven',
    'sign-in.expired',
    accepting((exchange) => {
      const age = nowSeconds() - Number(tokenIn(exchange)?.payload.exp)
      return age > 0 && age < 120
    }),
  ],
  [
    'the wrong key is taken for a claim it knows',
    'sign-in.altered',
    accepting((exchange) => tokenIn(exchange)?.payload.sub === 'somebody-else'),
  ],
  [
    'alg: none is taken',
    'sign-in.no-algorithm',
    accepting((exchange) => tokenIn(exchange)?.header.alg.toLowerCase() === 'none'),
  ],
  [
    'alg: None in another case is taken',
    'sign-in.no-algorithm',
    accepting((exchange) => tokenIn(exchange)?.header.alg === 'nOnE'),
  ],
  [
    'a key that the token brings along is taken',
    'sign-in.own-key',
    accepting((exchange) => tokenIn(exchange)?.header['jwk'] !== undefined),
  ],
  [
    'a kid leads to an empty file',
    'sign-in.own-key',
    accepting((exchange) => String(tokenIn(exchange)?.header['kid']).includes('dev/null')),
  ],
  [
    'a secret passes for a public key',
    'sign-in.confusion',
    accepting((exchange) => {
      const token = tokenIn(exchange)
      return token?.header.alg === 'RS256' && token.header['kid'] === undefined
    }),
  ],
  [
    'other hashes are taken',
    'sign-in.confusion',
    accepting((exchange) => tokenIn(exchange)?.header.alg === 'HS512'),
  ],
  [
    'a token does not have to expire',
    'sign-in.claims',
    accepting((exchange) => {
      const token = tokenIn(exchange)
      return token !== undefined && token.payload.exp === undefined
    }),
  ],
  [
    'the development header is on',
    'sign-in.development-header',
    accepting(({ headers }) => !headers['authorization'] && headers['x-user-id'] !== undefined),
  ],
  [
    'identity headers count more than the token',
    'sign-in.identity-headers',
    {
      ask: async ({ headers }) => {
        const { authorization, 'x-user-id': user, 'x-org-id': org } = headers
        if (!authorization || user === undefined) return
        headers['authorization'] = `Bearer ${await mintToken({ user, org }, JWT_SECRET, 60)}`
      },
    },
  ],
  [
    'bodies are read before anybody is asked who they are',
    'sign-in.early',
    {
      ask: async ({ whole }) => {
        const late = new Promise((resolve) => {
          setTimeout(resolve, 500, 'late')
        })
        if ((await Promise.race([whole, late])) !== 'late') return undefined
        const headers = securityHeaders()
        return { status: 408, headers, body: '{"code":"slow","detail":"slow","message":"slow"}' }
      },
    },
  ],
]

function securityHeaders(): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none';base-uri 'none';frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'SAMEORIGIN',
    'x-request-id': `req_${Math.random()}`,
  }
}

test('each way to get in without being somebody fails its own line', async (t) => {
  await expectEachToFail(t, defects)
})
