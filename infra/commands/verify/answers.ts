import { z } from 'zod'
import { failed, judge, passed, skipped } from './check.ts'
import type { Finding, Part } from './check.ts'
import { toJson } from './events.ts'
import { known } from './sign-in.ts'
import type { Site } from './site.ts'
import type { Answer } from './wire.ts'

const Refusal = z.object({ detail: z.string(), message: z.string(), code: z.string() })

/** What must never be in the answer to a request that failed. */
const INNER_WORDS: readonly (readonly [string, RegExp])[] = [
  ['a stack trace', /^\s*at \S.*[:(]\d+|Traceback|node:internal|node_modules/m],
  ['a path', /(?:^|[\s"'(:])\/(?:app|usr|home|var|root|srv|opt|tmp|work)\/|[A-Z]:\\\\|\.[jt]s:\d+/],
  [
    'SQL',
    /\b(?:select\b.+\bfrom|insert into|delete from|update \w+ set)\b|relation "|violates \w+ constraint|syntax error at|SQLSTATE/i,
  ],
  [
    'a host or an address',
    /\b(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b|\.internal\b|amazonaws\.com|E(?:CONNREFUSED|CONNRESET|NOTFOUND|TIMEDOUT)/,
  ],
  ['the words of a provider', /api\.openai\.com|\bsk-[\w-]{8}/],
  [
    'the words of a parser or a library',
    /Unexpected (?:token|end)|JSON at position|\b(?:Syntax|Type|Reference|Zod|Jose|Postgres)Error\b|\bE(?:RR)?_[A-Z_]{4}|\bFST_ERR/,
  ],
]
const SECURITY_HEADERS: readonly (readonly [string, RegExp])[] = [
  ['x-content-type-options', /^nosniff$/],
  [
    'content-security-policy',
    /^(?=.*default-src 'none')(?=.*base-uri 'none')(?=.*frame-ancestors 'none')/,
  ],
  ['cache-control', /^(?!.*\bpublic\b).*\bno-(?:store|cache)\b/],
  ['referrer-policy', /^no-referrer$|same-origin/],
  ['x-frame-options', /^(?:DENY|SAMEORIGIN)$/i],
]
const BANNERS = ['x-powered-by', 'x-aspnet-version', 'x-runtime', 'x-generator']
const UNLIKELY_PATHS = ['/.env', '/.git/config', '/metrics', '/docs', '/openapi.json', '/chatkit/x']

/** What every answer has, and what none has, over all that was asked before. */
export const answers: Part = {
  name: 'answers',
  title: 'Answers tell nothing that they should not',
  checks: [
    {
      id: 'answers.not-found',
      title: 'where nothing is, nothing is said',
      remedy:
        'Answer 404 for what is not there; serve no files, documents or measurements beside the chat.',
      run: nothingElseIsThere,
    },
    {
      id: 'answers.methods',
      title: 'TRACE and other methods',
      remedy: 'Let only POST and OPTIONS through to /chatkit.',
      run: methodsAreRefused,
    },
    {
      id: 'answers.detail',
      title: 'no detail in errors',
      remedy: 'Send a code, a sentence and a request id; the reason belongs into the log.',
      run: (site) =>
        overAll(site, faultsOfDetail, {
          saw: 'no stack, path, SQL, host or foreign words',
          isMeant: isError,
        }),
    },
    {
      id: 'answers.form',
      title: 'every error has the same form',
      remedy:
        'Let one place turn errors into {"code", "detail", "message"}: ChatKit shows the message.',
      run: (site) =>
        overAll(site, faultsOfForm, {
          saw: 'JSON with code, detail and message',
          isMeant: isRefusal,
        }),
    },
    {
      id: 'answers.request-id',
      title: 'every answer has a request id of its own',
      remedy: 'Send x-request-id with every answer, a new one for each request.',
      run: requestIdsAreDistinct,
    },
    {
      id: 'answers.headers',
      title: 'security headers',
      remedy: `Send ${SECURITY_HEADERS.map(([name]) => name).join(', ')} with every answer, and set no cookie.`,
      run: (site) =>
        overAll(site, faultsOfHeaders, {
          saw: `${SECURITY_HEADERS.map(([name]) => name).join(', ')}; no cookie`,
        }),
    },
    {
      id: 'answers.banner',
      title: 'no banner',
      remedy: 'Switch x-powered-by and the version in the server header off.',
      run: (site) =>
        overAll(site, faultsOfBanner, { saw: 'nothing names a program and its version' }),
    },
  ],
}

async function nothingElseIsThere(site: Site): Promise<Finding> {
  const faults: string[] = []
  for (const path of UNLIKELY_PATHS) {
    const { status } = await site.wire.ask({ method: 'GET', path })
    if (status !== 404 && status !== 401) faults.push(`${status} for ${path}`)
  }
  return judge(faults, `404 for ${UNLIKELY_PATHS.join(', ')}`)
}

async function methodsAreRefused(site: Site): Promise<Finding> {
  const faults: string[] = []
  const { token, headers } = site.users.owner
  for (const method of ['GET', 'PUT', 'DELETE', 'TRACE']) {
    const { status, body } = await site.wire.ask({ method, headers })
    const isEcho = body.includes(token)
    if (isEcho || status < 400 || status >= 500) faults.push(`${status} for ${method}`)
  }
  return judge(faults, '404 or 405 for GET, PUT, DELETE, TRACE')
}

interface Overview {
  readonly saw: string
  /** @default all */
  readonly isMeant?: (answer: Answer) => boolean
}

/** Looks at all answers of the run; a few of each kind are asked for if there are none yet. */
async function overAll(
  site: Site,
  faultOf: (answer: Answer) => readonly string[],
  { saw, isMeant = () => true }: Overview,
): Promise<Finding> {
  await askForEachKind(site)
  const all = site.wire.answers.filter(isMeant)
  if (all.length === 0) return skipped('no answer says that something was wrong')
  const faults = all.flatMap((answer) =>
    faultOf(answer).map(
      (fault) => `${fault} in ${answer.status} for ${answer.method} ${answer.path}`,
    ),
  )
  return judge([...new Set(faults)], `${saw}, in ${all.length} answers`)
}

async function askForEachKind(site: Site): Promise<void> {
  const headers = known(site)
  for (const ask of [
    { method: 'GET', path: '/health' },
    { method: 'GET', path: '/nothing' },
    { headers: { 'content-type': 'application/json' }, body: '{}' },
    { headers, body: '{' },
    { headers, body: JSON.stringify({ type: 'threads.list', params: { limit: 1 } }) },
  ]) {
    await site.wire.ask(ask)
  }
}

function isError({ status, body }: Answer): boolean {
  return status >= 400 || body.includes('"type":"error"')
}

function faultsOfDetail(answer: Answer): readonly string[] {
  const told = [answer.body, ...[...answer.headers].map(([name, value]) => `${name}: ${value}`)]
  const text = told.join('\n').replaceAll('\\n', '\n').replaceAll('\\"', '"')
  return INNER_WORDS.flatMap(([name, pattern]) => (pattern.test(text) ? [name] : []))
}

/** A balancer answers TRACE by itself, and it alone reads what /ready says. */
function isRefusal({ status, method, path }: Answer): boolean {
  return status >= 400 && method !== 'TRACE' && path !== '/ready'
}

function faultsOfForm(answer: Answer): readonly string[] {
  return Refusal.safeParse(toJson(answer.body)).success ? [] : ['another form']
}

function faultsOfHeaders({ method, headers }: Answer): readonly string[] {
  // A balancer answers this method by itself.
  if (method === 'TRACE') return []
  const lacking = SECURITY_HEADERS.flatMap(([name, pattern]) =>
    pattern.test(headers.get(name) ?? '') ? [] : [`no ${name} as it should be`],
  )
  const type = headers.get('content-type') ?? ''
  const isKept = !type.startsWith('text/event-stream') && !isNeverStored(headers)
  return [
    ...lacking,
    // A browser that has to ask again has kept what it was told. Of a stream it keeps nothing.
    ...(isKept ? ['no cache-control with no-store'] : []),
    ...(headers.has('set-cookie') ? ['a cookie'] : []),
  ]
}

function isNeverStored(headers: Answer['headers']): boolean {
  return /\bno-store\b/.test(headers.get('cache-control') ?? '')
}

function faultsOfBanner({ headers }: Answer): readonly string[] {
  const banners = BANNERS.filter((name) => headers.has(name))
  // A balancer names itself in answers of its own, without saying more.
  const server = headers.get('server') ?? ''
  const isTelling = /\d/.test(server) && !server.startsWith('awselb/')
  return [...banners, ...(isTelling ? [`server: ${server}`] : [])]
}

async function requestIdsAreDistinct(site: Site): Promise<Finding> {
  await askForEachKind(site)
  const all = site.wire.answers.filter(({ method }) => method !== 'TRACE')
  const ids = all.map(({ headers }) => headers.get('x-request-id'))
  const without = ids.filter((id) => id === undefined).length
  if (without > 0) return failed(`${without} of ${all.length} answers have none`)
  const repeated = ids.length - new Set(ids).size
  if (repeated > 0) return failed(`${repeated} of ${all.length} answers have that of another one`)
  return passed(`${all.length} answers, ${all.length} ids`)
}
