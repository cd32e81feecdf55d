import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from '../../support/localhost-certificate.ts'
import { query } from '../../support/query.ts'
import { alice, bob, tokenOf } from '../../support/service.ts'
import type { Row } from '../../../infra/commands/verify/report.ts'
import { expectFailures, failures, startVerifiable, verify } from './verified.ts'
import { listen, startProxy } from './verify-proxy.ts'
import type { Defect, ProxyOptions } from './verify-proxy.ts'

const CUT_AFTER_MS = 700
const TLS = { cert: LOCALHOST_CERTIFICATE, key: LOCALHOST_KEY }

/** Each defect of streams, and the one line of the report that it has to turn to ✗. */
const defects: readonly (readonly [string, string, Defect])[] = [
  [
    'a proxy waits for the whole answer',
    'streaming.pieces',
    {
      stream: (upstream, response) => {
        let text = ''
        upstream.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        upstream.on('end', () => response.end(text))
      },
    },
  ],
  [
    'a proxy compresses',
    'streaming.pieces',
    {
      head: ({ headers }) => {
        if (headers['content-type']?.startsWith('text/event')) headers['content-encoding'] = 'gzip'
      },
    },
  ],
  [
    'a limit on the way cuts answers',
    'streaming.whole',
    {
      stream: (upstream, response) => {
        let length = 0
        upstream.on('data', (piece: Buffer) => {
          length += piece.length
          if (length > 1_200) response.destroy()
          else response.write(piece)
        })
      },
    },
  ],
  [
    'a proxy ends answers before they are finished, and makes it look right',
    'streaming.whole',
    {
      stream: (upstream, response) => {
        let length = 0
        upstream.on('data', (piece: Buffer) => {
          length += piece.length
          if (length > 1_200) response.end()
          else response.write(piece)
        })
      },
    },
  ],
  [
    'the service sends no heartbeats',
    'streaming.heartbeat',
    { text: (text) => text.replaceAll(': ping\n\n', '') },
  ],
  [
    'a balancer cuts what is silent for longer than its idle time-out',
    'streaming.heartbeat',
    {
      stream: (upstream, response) => {
        const cut = () => response.destroy()
        let idle = setTimeout(cut, CUT_AFTER_MS)
        upstream.on('data', (piece: Buffer) => {
          clearTimeout(idle)
          idle = setTimeout(cut, CUT_AFTER_MS)
          response.write(piece)
        })
        upstream.on('end', () => {
          clearTimeout(idle)
          response.end()
        })
      },
    },
  ],
  [
    'answers begin late',
    'streaming.first-event',
    {
      ask: async (exchange) => {
        await exchange.whole
        if (exchange.body.includes('deployment')) await sleep(2_100)
        return undefined
      },
    },
  ],
  [
    'a proxy drops the key of a request',
    'streaming.repeat',
    {
      ask: ({ headers }) => {
        delete headers['idempotency-key']
        headers['chatkit-frame-instance-id'] = randomUUID()
      },
    },
  ],
]

test('each way to spoil a stream fails its own line', async (t) => {
  const service = await startVerifiable(t)
  await t.test('against the real service', { concurrency: 4 }, async (group) => {
    await Promise.all(
      defects.map(([name, id, defect]) =>
        group.test(name, async (subtest) => {
          const port = await startProxy(subtest, service.url, defect)
          await expectFailures([id], () =>
            verify(`http://localhost:${port}`, { only: ['streaming'] }),
          )
        }),
      ),
    )
  })
  assert.deepEqual(await query(service.databaseUrl, 'select id from threads'), [])
})

/** Answers on a port of plain HTTP as a balancer does that redirects. */
async function startRedirect(t: TestContext, securePort: number, status = 301): Promise<number> {
  const server = createServer((request, response) => {
    response.writeHead(status, { location: `https://localhost:${securePort}${request.url}` })
    response.end()
  })
  t.after(() => server.close())
  return await listen(server)
}

const secure: Defect & ProxyOptions = { tls: { ...TLS, minVersion: 'TLSv1.2' } }

test('over TLS everything that can be seen is right, and nothing is left behind', async (t) => {
  const service = await startVerifiable(t)
  const port = await startProxy(t, service.url, secure)
  const httpPort = await startRedirect(t, port)
  const ca = LOCALHOST_CERTIFICATE
  let rows: readonly Row[] = []
  await expectFailures([], async () => {
    rows = await verify(`https://localhost:${port}`, { ca, httpPort })
    return rows
  })
  const skipped = rows.filter(({ result, part }) => result === 'skipped' && part !== 'elsewhere')
  assert.deepEqual(
    skipped.map(({ id }) => id),
    ['health.version'],
  )
  const allowlist = rows.find(({ id }) => id === 'elsewhere.allowlist')
  assert.match(
    allowlist?.saw ?? '',
    /register app\.example\.com at https:\/\/platform\.openai\.com/,
  )
  assert.deepEqual(await query(service.databaseUrl, 'select id from threads'), [])
  assert.deepEqual(await query(service.databaseUrl, 'select id from attachments'), [])
})

const httpsDefects: readonly (readonly [
  string,
  string,
  Defect & ProxyOptions,
  number?,
  number?,
])[] = [
  [
    'the header for HSTS is dropped',
    'https.hsts',
    { ...secure, head: ({ headers }) => delete headers['strict-transport-security'] },
  ],
  [
    'HSTS is for an hour',
    'https.hsts',
    { ...secure, head: ({ headers }) => (headers['strict-transport-security'] = 'max-age=3600') },
  ],
  [
    'TLS 1.0 is accepted',
    'https.version',
    { tls: { ...TLS, minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } },
  ],
  ['the redirect is not for ever', 'https.redirect', secure, 302],
  ['port 80 serves', 'https.redirect', secure, 200],
  ['the redirect is to another port', 'https.redirect', secure, 301, 8_443],
]

test('each weakness of HTTPS fails its own line', async (t) => {
  const service = await startVerifiable(t)
  for (const [name, id, defect, status, redirectPort] of httpsDefects) {
    await t.test(name, async (subtest) => {
      const port = await startProxy(subtest, service.url, defect)
      const httpPort = await startRedirect(subtest, redirectPort ?? port, status)
      const options = { ca: LOCALHOST_CERTIFICATE, httpPort, only: ['https'] }
      await expectFailures([id], () => verify(`https://localhost:${port}`, options))
    })
  }
})

// Whoever holds another certificate may be anybody, and would get to keep the token.
test('no token is sent to whom the certificate does not prove', async (t) => {
  const seen: string[] = []
  const service = await startVerifiable(t)
  const defect: Defect = { ask: ({ headers }) => void seen.push(headers['authorization'] ?? '') }
  const port = await startProxy(t, service.url, { ...secure, ...defect })
  const httpPort = await startRedirect(t, port)
  for (const [address, ca] of [
    [`https://localhost:${port}`, undefined], // signed by nobody who is known
    [`https://127.0.0.1:${port}`, LOCALHOST_CERTIFICATE], // for another name
  ] as const) {
    const rows = await verify(address, { ca, httpPort })
    const found = failures(rows)
    assert.ok(found['https.certificate'], address)
    const others = rows.filter(({ part }) => part !== 'https')
    assert.ok(others.every(({ result }) => result === 'skipped'))
  }
  assert.deepEqual(seen, [])
})

test('with two tokens instead of the secret, what only the secret can show is not judged', async (t) => {
  const service = await startVerifiable(t)
  const tokens = [await tokenOf(alice), await tokenOf(bob)]
  const rows = await verify(service.url, { tokens, only: ['sign-in', 'ownership'] })
  assert.deepEqual(failures(rows), {})
  const skipped = rows.filter(({ result }) => result === 'skipped').map(({ id }) => id)
  assert.deepEqual(skipped, [
    'sign-in.expired',
    'sign-in.confusion',
    'sign-in.claims',
    'ownership.organisations',
  ])
})

test('a stream that is held for too short says nothing about heartbeats', async (t) => {
  const service = await startVerifiable(t, { HEARTBEAT_SECONDS: '15' })
  const options = { only: ['streaming'], idleSeconds: 1, heartbeatSeconds: 15 }
  const rows = await verify(service.url, options)
  const row = rows.find(({ id }) => id === 'streaming.heartbeat')
  assert.equal(row?.result, 'skipped', String(row?.saw))
  assert.match(row?.saw ?? '', /too short to see a heartbeat: give --idle 20|could not be held/)
})

test('tokens are shown in the header that the deployment looks at', async (t) => {
  const service = await startVerifiable(t)
  const port = await startProxy(t, service.url, {
    ask: ({ headers }) => {
      const token = headers['x-session-token']
      if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    },
  })
  const tokens = [await tokenOf(alice), await tokenOf(bob)]
  const options = { tokens, tokenHeader: 'x-session-token', only: ['sign-in', 'ownership', 'cors'] }
  assert.deepEqual(failures(await verify(`http://localhost:${port}`, options)), {})
})
