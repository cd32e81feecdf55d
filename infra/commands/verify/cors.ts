import { judge, skipped } from './check.ts'
import type { Finding, Part } from './check.ts'
import { known } from './sign-in.ts'
import type { Site } from './site.ts'
import type { Answer, Ask } from './wire.ts'

const HEADERS_NEEDED = [
  'content-type',
  'authorization',
  'x-session-token',
  'chatkit-frame-instance-id',
  'idempotency-key',
  'last-event-id',
]
const REFUSALS = '400, 401, 404, 413 and an upload'
/** One more than a request may have. */
const TOO_MANY_BYTES = 1024 * 1024 + 1
/** With so many of the others answers are asked for that come from elsewhere in a deployment. */
const FOREIGN_EVERYWHERE = 3
const NEEDS_ORIGINS = 'say which pages may use it: --origin https://app.example.com, or --env NAME'
const CONFIGURED = 'the configured origins'
const EXACT_REMEDY =
  'Compare the whole Origin with a list, never by a prefix, a suffix or a pattern, and never send it back unseen.'

/** Pages of the configured origins may read answers, and no others. */
export const cors: Part = {
  name: 'cors',
  title: 'CORS only for the configured origins',
  checks: [
    {
      id: 'cors.configured',
      title: `${CONFIGURED} may read JSON, streams and refusals`,
      remedy: 'Put the origin of the page into `origins` in infra/config.ts, or into FRONTEND_URL.',
      run: configuredMayRead,
    },
    {
      id: 'cors.preflight',
      title: 'a preflight allows what ChatKit sends',
      remedy: `Allow POST and the headers ${HEADERS_NEEDED.join(', ')}.`,
      run: preflightAllows,
    },
    {
      id: 'cors.others',
      title: 'no other origin may read anything',
      remedy: EXACT_REMEDY,
      run: othersMayNotRead,
    },
    {
      id: 'cors.vary',
      title: 'caches keep the answers of origins apart',
      remedy: 'Send `Vary: Origin` with every answer, whether an origin is allowed or not.',
      run: answersVary,
    },
  ],
}

async function configuredMayRead(site: Site): Promise<Finding> {
  const { origins } = site.options
  if (origins.length === 0) return skipped(NEEDS_ORIGINS)
  const faults: string[] = []
  for (const origin of origins) {
    for (const [kind, answer] of await allKinds(site, origin)) {
      const allowed = answer.headers.get('access-control-allow-origin')
      if (allowed !== origin) faults.push(`${origin} got ${allowed ?? 'nothing'} with ${kind}`)
    }
  }
  const { flow } = await site.conversation(site.users.owner)
  const allowed = flow.headers.get('access-control-allow-origin')
  if (allowed !== origins[0]) faults.push(`${origins[0]} got ${allowed ?? 'nothing'} with a stream`)
  return judge(faults, `${origins.join(', ')}: with preflight, JSON, stream, ${REFUSALS}`)
}

async function preflightAllows(site: Site): Promise<Finding> {
  const [origin] = site.options.origins
  if (origin === undefined) return skipped(NEEDS_ORIGINS)
  const answer = await site.wire.ask(preflight(origin))
  const allowed = listIn(answer, 'access-control-allow-headers')
  const lacking = HEADERS_NEEDED.filter((name) => !allowed.includes(name))
  const faults = [
    ...(answer.status >= 300 ? [`status ${answer.status}`] : []),
    ...(listIn(answer, 'access-control-allow-methods').includes('post') ? [] : ['no POST']),
    ...(lacking.length > 0 ? [`no ${lacking.join(', ')}`] : []),
    ...(allowed.includes('*') || allowed.includes('x-anything') ? ['any header at all'] : []),
  ]
  return judge(faults, `POST with ${allowed.join(', ')}`)
}

async function othersMayNotRead(site: Site): Promise<Finding> {
  const { origins } = site.options
  const foreign = foreignOrigins(origins, site.wire.base.origin)
  const faults: string[] = []
  for (const [index, origin] of foreign.entries()) {
    const kinds = index < FOREIGN_EVERYWHERE ? allKinds : kindsOfAnswer
    for (const [kind, { headers }] of await kinds(site, origin)) {
      const allowed = headers.get('access-control-allow-origin')
      const isForOthers = allowed !== undefined && (allowed === '*' || !origins.includes(allowed))
      if (isForOthers) faults.push(`${origin} got ${allowed} with ${kind}`)
      else if (allowed !== undefined && origins.length === 0)
        faults.push(`${origin} got ${allowed}`)
    }
  }
  return judge(
    faults,
    `${foreign.length} that resemble them got nothing with preflight, JSON, ${REFUSALS}`,
  )
}

async function answersVary(site: Site): Promise<Finding> {
  const origins = [...site.options.origins.slice(0, 1), 'https://other.example']
  const faults: string[] = []
  for (const origin of origins) {
    for (const [kind, answer] of await allKinds(site, origin)) {
      const vary = listIn(answer, 'vary')
      if (!vary.includes('origin') && !vary.includes('*')) faults.push(`${kind} for ${origin}`)
    }
  }
  return judge(
    faults.map((fault) => `no Vary: Origin with ${fault}`),
    `Vary: Origin with preflight, JSON, ${REFUSALS}`,
  )
}

async function kindsOfAnswer(
  site: Site,
  origin: string,
): Promise<readonly (readonly [string, Answer])[]> {
  const headers = { ...known(site), origin }
  const anonymous = { 'content-type': 'application/json', origin }
  const list = JSON.stringify({ type: 'threads.list', params: { limit: 1 } })
  const asks: readonly (readonly [string, Ask])[] = [
    ['preflight', preflight(origin)],
    ['JSON', { headers, body: list }],
    ['400', { headers, body: '{' }],
    ['401', { headers: anonymous, body: list }],
  ]
  return await Promise.all(
    asks.map(async ([kind, ask]) => [kind, await site.wire.ask(ask)] as const),
  )
}

async function allKinds(site: Site, origin: string) {
  return [...(await kindsOfAnswer(site, origin)), ...(await answersElsewhere(site, origin))]
}

/** Answers that are made in other places of a deployment than those to good requests. */
async function answersElsewhere(
  site: Site,
  origin: string,
): Promise<readonly (readonly [string, Answer])[]> {
  const headers = { ...known(site), origin }
  const asks: readonly (readonly [string, Ask])[] = [
    ['404', { headers, path: '/nothing', body: '{}' }],
    ['413', { headers, body: ' '.repeat(TOO_MANY_BYTES) }],
    ['an upload', upload(headers)],
  ]
  return await Promise.all(
    asks.map(async ([kind, ask]) => [kind, await site.wire.ask(ask)] as const),
  )
}

function upload(headers: Readonly<Record<string, string>>): Ask {
  const type = 'multipart/form-data; boundary=verify'
  const path = '/chatkit/attachments'
  return { path, headers: { ...headers, 'content-type': type }, body: '--verify--\r\n' }
}

function preflight(origin: string): Ask {
  return {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, content-type, x-anything',
    },
  }
}

function listIn({ headers }: Answer, name: string): readonly string[] {
  const values = (headers.get(name) ?? '').split(',')
  return values.map((value) => value.trim().toLowerCase()).filter((value) => value !== '')
}

/**
 * Origins that a careless comparison takes for a configured one, and others that anyone can send.
 */
function foreignOrigins(origins: readonly string[], fallback: string): readonly string[] {
  const { protocol, hostname, port } = new URL(origins[0] ?? fallback)
  const suffix = port === '' ? '' : `:${port}`
  const other = protocol === 'https:' ? 'http:' : 'https:'
  const all = [
    'https://evil.example',
    'null',
    '*',
    'file://',
    `${other}//${hostname}${suffix}`,
    `${protocol}//${hostname}${suffix}.evil.example`,
    `${protocol}//${hostname}.evil.example${suffix}`,
    `${protocol}//${hostname}evil.example${suffix}`,
    `${protocol}//evil${hostname}${suffix}`,
    `${protocol}//evil-${hostname}${suffix}`,
    `${protocol}//evil.${hostname}${suffix}`,
    `${protocol}//${hostname.slice(1)}${suffix}`,
    `${protocol}//${hostname.slice(0, -1)}${suffix}`,
    `${protocol}//${hostname.replaceAll('.', 'x')}x${suffix}`,
    `${protocol}//${hostname}.${suffix}`,
    `${protocol}//${hostname}:8444`,
    `${protocol}//${hostname}${suffix}/`,
    `${protocol}//${hostname}${suffix}@evil.example`,
    `${protocol}//user@${hostname}${suffix}`,
    `https://evil.example#${protocol}//${hostname}${suffix}`,
    `${protocol}//${hostname.toUpperCase()}${suffix}`,
    `${hostname}${suffix}`,
  ]
  return [...new Set(all)].filter((origin) => !origins.includes(origin))
}
