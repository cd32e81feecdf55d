import { z } from 'zod'
import { failed, judge, passed, skipped } from './check.ts'
import type { Check, Finding, Part } from './check.ts'
import { credentials } from './credentials.ts'
import type { Credential } from './credentials.ts'
import { toJson } from './events.ts'
import { namesOf } from './forge.ts'
import { everyRequest, someRequests } from './operations.ts'
import type { Site } from './site.ts'
import type { Answer, Ask } from './wire.ts'

const ANNOUNCED_BYTES = 900_000
// More than a firewall looks at before it lets a request through, and far less than was announced.
const SENT_BYTES = 100_000

const Refusal = z.object({ detail: z.string().min(1) })

/** Every request is authenticated, and before its body is read. */
export const signIn: Part = {
  name: 'sign-in',
  title: 'Every request to /chatkit is authenticated',
  checks: [
    ...credentials.map(refusalOf),
    {
      id: 'sign-in.early',
      title: 'before the body is read',
      remedy:
        'Authenticate in a hook that runs before the body is parsed, and do not buffer bodies on the way.',
      run: refusedEarly,
    },
    {
      id: 'sign-in.identity-headers',
      title: 'identity headers beside a token',
      remedy:
        'Take the identity from the token alone; trust identity headers only from a gateway that authenticates itself.',
      run: identityHeadersIgnored,
    },
  ],
}

function refusalOf({ id, title, remedy, isEverywhere, headersFor }: Credential): Check {
  return {
    id: `sign-in.${id}`,
    title,
    remedy,
    run: async (site) => {
      const spellings = headersFor(site)
      if (typeof spellings === 'string') return skipped(spellings)
      const asks = spellings.flatMap((headers, index) => {
        const requests = isEverywhere && index === 0 ? everyRequest : someRequests
        return requests.map((ask) => ({ ...ask, headers: { ...ask.headers, ...headers } }))
      })
      const faults = await faultsOf(site, asks)
      return judge(faults, `401 on each of ${asks.length} requests`)
    },
  }
}

async function faultsOf(site: Site, asks: readonly Ask[]): Promise<string[]> {
  const found = await Promise.all(asks.map(async (ask) => faultOf(ask, await site.wire.ask(ask))))
  return found.flatMap((fault) => fault ?? [])
}

function faultOf(ask: Ask, answer: Answer): string | undefined {
  const what = /"type":"([\w.]+)"/.exec(ask.body ?? '')?.[1] ?? ask.path ?? '/chatkit'
  if (answer.status !== 401) return `${answer.status} for ${what}`
  const isRefusal = Refusal.safeParse(toJson(answer.body)).success
  return isRefusal ? undefined : `401 without {"detail"} for ${what}`
}

async function refusedEarly(site: Site): Promise<Finding> {
  const answer = await site.wire.ask({
    headers: { 'content-type': 'application/json' },
    body: `{"type":"threads.list","params":{},"rest":"${'x'.repeat(SENT_BYTES)}`,
    announcedBytes: ANNOUNCED_BYTES,
  })
  const saw = `${answer.status} when ${SENT_BYTES} of ${ANNOUNCED_BYTES} bytes were sent`
  return answer.status === 401 ? passed(saw) : failed(saw)
}

async function identityHeadersIgnored(site: Site): Promise<Finding> {
  const { owner, stranger } = site.users
  if (!stranger) return skipped('needs two users: give --token twice, or --mint')
  const { sub, org } = namesOf(owner.token)
  if (sub === undefined) return skipped('the token does not say whose it is')
  const { threadId } = await site.conversation(owner)
  const ask = { type: 'threads.get_by_id', params: { thread_id: threadId } }
  const { status: usual } = await site.post(ask, stranger)
  const faults: string[] = []
  for (const spelling of [(name: string) => name, upper, underscored]) {
    const named = { 'x-user-id': sub, 'x-org-id': org, 'x-plan': 'enterprise' }
    const headers = Object.fromEntries(
      Object.entries(named).map(([name, value]) => [spelling(name), value]),
    )
    const { status } = await site.post(ask, stranger, headers)
    if (status !== usual) faults.push(`${status} with ${Object.keys(headers)[0]}, else ${usual}`)
  }
  return judge(faults, `another's conversation stays ${usual} with x-user-id, x-org-id, x-plan`)
}

function upper(name: string): string {
  return name.toUpperCase()
}

function underscored(name: string): string {
  return name.replaceAll('-', '_')
}

/** For requests that are to be accepted. */
export function known(site: Site): Readonly<Record<string, string>> {
  return { ...site.users.owner.headers, 'content-type': 'application/json' }
}
