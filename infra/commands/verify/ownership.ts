import { z } from 'zod'
import { failed, judge, passed, skipped } from './check.ts'
import type { Finding, Part } from './check.ts'
import { toJson } from './events.ts'
import { attachmentOperations, itemOperations, threadOperations } from './operations.ts'
import type { Ids, Operation } from './operations.ts'
import type { Site } from './site.ts'
import type { User } from './users.ts'
import type { Answer } from './wire.ts'

const REMEDY =
  'Name the owner in every statement, and answer what is not theirs exactly like what is not there.'
const NEEDS_TWO = 'needs two users: give --token twice, or --mint'
const UNCHANGED_REMEDY = 'Name the owner in every statement that writes.'

/** Threads, items and attachments belong to a user and an organisation. */
export const ownership: Part = {
  name: 'ownership',
  title: 'Conversations, items and attachments belong to a user',
  checks: [
    {
      id: 'ownership.threads',
      title: "another user's conversation looks like a missing one",
      remedy: REMEDY,
      run: (site) => compareThreads(site, site.users.stranger, NEEDS_TWO),
    },
    {
      id: 'ownership.organisations',
      title: 'so does one of the same user name in another organisation',
      remedy: REMEDY,
      run: (site) => compareThreads(site, site.users.namesake, 'needs --mint'),
    },
    {
      id: 'ownership.items',
      title: "another user's items look like missing ones",
      remedy: REMEDY,
      run: compareItems,
    },
    {
      id: 'ownership.attachments',
      title: "another user's attachment looks like a missing one",
      remedy: REMEDY,
      run: compareAttachments,
    },
    {
      id: 'ownership.lists',
      title: 'lists hold nothing of others',
      remedy: REMEDY,
      run: listsAreOwn,
    },
    {
      id: 'ownership.unchanged',
      title: 'and its owner still has all of it',
      remedy: UNCHANGED_REMEDY,
      run: isUnchanged,
    },
  ],
}

async function compareThreads(site: Site, user: User | undefined, need: string): Promise<Finding> {
  if (!user) return skipped(need)
  const { threadId, itemIds } = await site.conversation(site.users.owner)
  const [item = missingLike(threadId)] = itemIds
  const foreign = { thread: threadId, item, attachment: '' }
  const missing = { ...foreign, thread: missingLike(threadId) }
  return await compare(site, user, { operations: threadOperations, foreign, missing })
}

async function compareItems(site: Site): Promise<Finding> {
  const { owner, stranger } = site.users
  if (!stranger) return skipped(NEEDS_TWO)
  const [item] = (await site.conversation(owner)).itemIds
  if (item === undefined) return failed('the conversation that was created has no items')
  const { threadId: thread } = await site.conversation(stranger)
  const foreign = { thread, item, attachment: '' }
  const missing = { ...foreign, item: missingLike(item) }
  return await compare(site, stranger, { operations: itemOperations, foreign, missing })
}

const Attachment = z.looseObject({ id: z.string() })

async function compareAttachments(site: Site): Promise<Finding> {
  const { owner, stranger } = site.users
  if (!stranger) return skipped(NEEDS_TWO)
  const params = { name: 'verify.txt', size: 6, mime_type: 'text/plain' }
  const created = await site.post({ type: 'attachments.create', params }, owner)
  const id = Attachment.safeParse(toJson(created.body)).data?.id
  if (created.status === 400) return skipped('the deployment takes no attachments of plain text')
  if (id === undefined) return failed(`${created.status} for attachments.create`)
  try {
    const { threadId: thread } = await site.conversation(stranger)
    const foreign = { thread, item: '', attachment: id }
    const missing = { ...foreign, attachment: missingLike(id) }
    const operations = attachmentOperations
    return await compare(site, stranger, { operations, foreign, missing })
  } finally {
    await site.post({ type: 'attachments.delete', params: { attachment_id: id } }, owner)
  }
}

async function listsAreOwn(site: Site): Promise<Finding> {
  const { owner, stranger } = site.users
  if (!stranger) return skipped(NEEDS_TWO)
  const { threadId } = await site.conversation(owner)
  const list = { type: 'threads.list', params: { limit: 100 } }
  const own = await site.post(list, owner)
  if (!own.body.includes(threadId)) return failed('the owner’s own conversation is not in the list')
  const others = [stranger, site.users.namesake].filter((user) => user !== undefined)
  for (const user of others) {
    const { body } = await site.post(list, user)
    if (body.includes(threadId)) return failed('a conversation of somebody else is in the list')
  }
  return passed(`one conversation in its owner’s list, and not in ${others.length} others`)
}

async function isUnchanged(site: Site): Promise<Finding> {
  const { threadId, itemIds } = await site.conversation(site.users.owner)
  const ask = { type: 'threads.get_by_id', params: { thread_id: threadId } }
  const { status, body } = await site.post(ask, site.users.owner)
  if (status !== 200) return failed(`${status} for it`)
  const lost = itemIds.filter((id) => !body.includes(id))
  if (lost.length > 0) return failed(`${lost.length} of ${itemIds.length} items are gone`)
  if (body.includes('"Renamed"')) return failed('its title is what others made of it')
  return passed(`${itemIds.length} items, as before`)
}

interface Comparison {
  readonly operations: readonly Operation[]
  readonly foreign: Ids
  readonly missing: Ids
}

/** Whether what belongs to others is answered byte by byte like what was never there. */
async function compare(
  site: Site,
  user: User,
  { operations, foreign, missing }: Comparison,
): Promise<Finding> {
  const faults: string[] = []
  for (const { type, params } of operations) {
    const ask = async (ids: Ids) => plain(await site.post({ type, params: params(ids) }, user), ids)
    const first = await ask(missing)
    const second = await ask(missing)
    const other = await ask(foreign)
    // What differs between two requests for the same missing thing belongs to the request.
    const own = [...first.headers.keys()].filter(
      (name) => first.headers.get(name) !== second.headers.get(name),
    )
    const fault = difference(first, other, new Set([...own, ...PER_REQUEST]))
    if (fault !== undefined) faults.push(`${type}: ${fault}`)
  }
  return judge(faults, `the same bytes on ${operations.length} operations`)
}

const PER_REQUEST = ['date', 'x-request-id', 'connection', 'keep-alive', 'set-cookie']

function plain(answer: Answer, ids: Ids): Answer {
  // An answer may say which id it is about.
  const named = Object.entries(ids).filter(([, id]) => id !== '')
  const body = named.reduce((text, [name, id]) => text.replaceAll(id, `<${name}>`), answer.body)
  return { ...answer, body }
}

function difference(
  missing: Answer,
  foreign: Answer,
  ignored: ReadonlySet<string>,
): string | undefined {
  if (missing.status !== foreign.status) {
    return `${foreign.status} for another's, ${missing.status} for a missing one`
  }
  if (missing.body !== foreign.body) return `other words for another's than for a missing one`
  const names = new Set([...missing.headers.keys(), ...foreign.headers.keys()])
  for (const name of names) {
    if (ignored.has(name)) continue
    if (missing.headers.get(name) !== foreign.headers.get(name)) return `another ${name} header`
  }
  return undefined
}

/** An id of the same form that belongs to nothing. */
function missingLike(id: string): string {
  const turned = id.slice(-12).split('').toReversed().join('')
  const end = turned === id.slice(-12) ? `${turned.slice(0, -2)}zy` : turned
  return `${id.slice(0, -12)}${end}`
}
