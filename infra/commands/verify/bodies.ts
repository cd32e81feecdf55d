import { z } from 'zod'
import { failed, judge, passed } from './check.ts'
import type { Finding, Part } from './check.ts'
import { toJson } from './events.ts'
import { known } from './sign-in.ts'
import type { Site } from './site.ts'
import type { Answer } from './wire.ts'

const BODY_BYTES_MAX = 1024 * 1024
const DEPTH = 10_000
const DEEP_MS_MAX = 2_000

const Refusal = z.object({ detail: z.string(), message: z.string(), code: z.string() })

/** What arrives is bounded and checked before anything happens with it. */
export const bodies: Part = {
  name: 'bodies',
  title: 'Requests are bounded and checked',
  checks: [
    {
      id: 'bodies.limit',
      title: '1 MiB and one byte is refused',
      remedy: 'Limit the body of a request to 1 MiB, announced or not.',
      run: limitHolds,
    },
    {
      id: 'bodies.malformed',
      title: 'malformed JSON',
      remedy: 'Answer 400 with {"code", "detail", "message"} that says where the body is wrong.',
      run: malformedIsRefused,
    },
    {
      id: 'bodies.path',
      title: 'a wrong value is named by its path',
      remedy: 'Check requests against a schema, and say where they differ from it.',
      run: pathIsNamed,
    },
    {
      id: 'bodies.unknown-operation',
      title: 'an unknown operation',
      remedy: 'Answer an operation that does not exist with 400: ChatKit repeats a 5xx five times.',
      run: (site) => expectStatus(site, { 400: ['threads.drop', '__proto__', 'constructor', ''] }),
    },
    {
      id: 'bodies.depth',
      title: `${DEPTH} nested arrays`,
      remedy: 'Limit the depth of JSON, and do not walk it by recursion.',
      run: depthIsLimited,
    },
    {
      id: 'bodies.type',
      title: 'what is not sent as JSON',
      remedy:
        'Accept application/json alone: a page of any origin can send text/plain without a preflight.',
      run: typeIsDemanded,
    },
    {
      id: 'bodies.text',
      title: 'text that no database takes',
      remedy: 'Normalise text before it is stored: no NUL, no half of a surrogate pair.',
      run: textIsHandled,
    },
  ],
}

async function limitHolds(site: Site): Promise<Finding> {
  const headers = known(site)
  const atLimit = await site.wire.ask({ headers, body: listOf(BODY_BYTES_MAX) })
  const faults =
    atLimit.status === 413 || atLimit.status >= 500 ? [`${atLimit.status} for 1 MiB`] : []
  for (const isChunked of [false, true]) {
    const { status } = await site.wire.ask({ headers, body: listOf(BODY_BYTES_MAX + 1), isChunked })
    const how = isChunked ? 'that was not announced' : 'that was announced'
    if (status !== 413) faults.push(`${status} for one byte more ${how}`)
  }
  return judge(faults, `413, announced or not; ${atLimit.status} for 1 MiB`)
}

/** A request of exactly this size. */
function listOf(bytes: number): string {
  const [before, after] = ['{"type":"threads.list","params":{"limit":1},"rest":"', '"}']
  return `${before}${'x'.repeat(bytes - before.length - after.length)}${after}`
}

async function malformedIsRefused(site: Site): Promise<Finding> {
  const malformed = [
    '',
    '{',
    '[1,]',
    '{"type":}',
    "{'type':'threads.list'}",
    'null',
    '[]',
    '"x"',
    '{}',
  ]
  const answers = await Promise.all(
    malformed.map((body) => site.wire.ask({ headers: known(site), body })),
  )
  const faults = answers.flatMap((answer, index) => faultOfRefusal(answer, malformed[index] ?? ''))
  return judge(faults, `400 with {"code", "detail", "message"} for ${malformed.length} of them`)
}

function faultOfRefusal({ status, body }: Answer, sent: string): string[] {
  if (status !== 400) return [`${status} for ${sent || 'an empty body'}`]
  return Refusal.safeParse(toJson(body)).success ? [] : [`400 without a reason for ${sent}`]
}

async function pathIsNamed(site: Site): Promise<Finding> {
  const wrong = [
    { operation: { type: 'threads.get_by_id', params: { thread_id: 5 } }, path: 'thread_id' },
    { operation: { type: 'threads.list', params: { order: 'up' } }, path: 'order' },
    { operation: { type: 'threads.create', params: { input: 1 } }, path: 'input' },
  ]
  const faults: string[] = []
  for (const { operation, path } of wrong) {
    const { status, body } = await site.post(operation, site.users.owner)
    const detail = Refusal.safeParse(toJson(body)).data?.detail ?? ''
    if (status !== 400) faults.push(`${status} for ${operation.type} with a wrong ${path}`)
    else if (!detail.includes(path)) faults.push(`400 that does not name ${path}`)
  }
  return judge(faults, '400 that names params.thread_id, params.order and params.input')
}

async function expectStatus(
  site: Site,
  wanted: Readonly<Record<number, readonly string[]>>,
): Promise<Finding> {
  const faults: string[] = []
  for (const [status, types] of Object.entries(wanted)) {
    for (const type of types) {
      const answer = await site.post({ type, params: {} }, site.users.owner)
      if (answer.status !== Number(status)) faults.push(`${answer.status} for "${type}"`)
    }
  }
  return judge(faults, Object.keys(wanted).join(', '))
}

async function depthIsLimited(site: Site): Promise<Finding> {
  const nested = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`
  const startedAt = Date.now()
  const body = `{"type":"threads.list","params":{},"rest":${nested}}`
  const { status } = await site.wire.ask({ headers: known(site), body })
  const milliseconds = Date.now() - startedAt
  const saw = `${status} after ${milliseconds} ms`
  return status === 400 && milliseconds < DEEP_MS_MAX ? passed(saw) : failed(saw)
}

async function typeIsDemanded(site: Site): Promise<Finding> {
  const body = JSON.stringify({ type: 'threads.list', params: {} })
  const faults: string[] = []
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const { status } = await site.wire.ask({
      headers: { ...known(site), 'content-type': type },
      body,
    })
    if (status !== 415 && status !== 400) faults.push(`${status} for ${type}`)
  }
  return judge(faults, '415 for text/plain and for forms')
}

async function textIsHandled(site: Site): Promise<Finding> {
  const { owner } = site.users
  const { threadId } = await site.conversation(owner)
  const faults: string[] = []
  for (const title of ['Check \\u0000 of text', 'Check \\ud800 of text', 'Check \\u2028 of text']) {
    const body = `{"type":"threads.update","params":{"thread_id":"${threadId}","title":"${title}"}}`
    const { status } = await site.wire.ask({ headers: known(site), body })
    if (status !== 200 && status !== 400) faults.push(`${status} for a title "${title}"`)
  }
  return judge(faults, 'stored, or refused with 400')
}
