import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { TokenSubject } from '../../service/local/tokens.ts'
import { ChatClient, eventsOf, input } from '../support/chat-client.ts'
import { createDatabase } from '../support/database.ts'
import { query } from '../support/query.ts'
import { alice, bob, tokenOf } from '../support/service.ts'
import { ServiceProcess } from '../support/service-process.ts'

const SILENT = join(import.meta.dirname, '..', 'support', 'silent-service.ts')
const PROCESSES = 3
const PARALLEL = 60
const SLOT_MS_MAX = 15_000 * 2 // the bar is 15 s; other tests run meanwhile
const BUSY_MS_MAX = 100_000

/** Processes on one database, whose answers do not end. */
async function startProcesses(t: TestContext, count: number, quotas: object) {
  const databaseUrl = await createDatabase(t)
  const environment = {
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS_MAX: '13',
    QUOTAS: JSON.stringify(quotas),
    REQUESTS_AT_ONCE_MAX: '1000',
    // Answers go on when nobody listens, and nothing else makes room for the next one.
    ALLOW_CANCEL: 'false',
  }
  const processes: ServiceProcess[] = []
  for (let index = 0; index < count; index += 1) {
    processes.push(await ServiceProcess.start(t, environment, SILENT))
  }
  return { processes, databaseUrl }
}

/** Everybody at every process at once; what became of each request. */
async function flood(
  processes: readonly ServiceProcess[],
  subjects: readonly TokenSubject[],
  send: (client: ChatClient, index: number) => Promise<string>,
): Promise<ReadonlyMap<string, number>> {
  const tokens = await Promise.all(subjects.map(tokenOf))
  const outcomes = await Promise.all(
    processes.flatMap(({ url }, place) =>
      Array.from({ length: PARALLEL }, (_none, index) => {
        const token = tokens[index % tokens.length] ?? ''
        return send(new ChatClient(url, token), place * PARALLEL + index)
      }),
    ),
  )
  return new Map(
    Object.entries(Object.groupBy(outcomes, (outcome) => outcome)).map(
      ([outcome, all]) => [outcome, all?.length ?? 0] as const,
    ),
  )
}

async function list(client: ChatClient): Promise<string> {
  const reply = await client.post<{ code?: string }>('threads.list', {})
  if (reply.status === 429) {
    const seconds = Number(reply.headers.get('retry-after'))
    assert.ok(seconds >= 1 && seconds <= 60, `retry-after is ${seconds}`)
  }
  return reply.body.code ?? String(reply.status)
}

/**
 * Exactly the quota, where every request was answered. On a machine that is busy with other things
 * some wait too long for a connection, when they have been counted or before.
 */
function assertAdmitted(outcomes: ReadonlyMap<string, number>, quota: number): void {
  const {
    '200': admitted = 0,
    too_many_requests: refused = 0,
    ...others
  } = Object.fromEntries(outcomes)
  const unavailable = others['database_unavailable'] ?? 0
  assert.deepEqual(Object.keys(others), unavailable > 0 ? ['database_unavailable'] : [])
  assert.ok(
    admitted <= quota && admitted + unavailable >= quota,
    JSON.stringify(Object.fromEntries(outcomes)),
  )
  assert.ok(refused > 0)
}

/** Begins an answer and leaves; a database that is too busy is asked again, as any client would. */
async function begin(client: ChatClient, index: number): Promise<string> {
  const deadline = Date.now() + BUSY_MS_MAX
  while (Date.now() < deadline) {
    const params = { input: input(`Question ${index}`) }
    const headers = { 'idempotency-key': `question-${index}` }
    const response = await client.send('threads.create', params, { headers })
    if (response.status === 429) {
      const { code } = JSON.parse(await response.text())
      return String(code)
    }
    const events = eventsOf(response)
    const { value: event } = await events.next()
    await events.return(undefined)
    if (event?.type !== 'error') return event?.type ?? 'nothing'
  }
  return 'never accepted'
}

test(`requests a minute: ${PROCESSES} processes × ${PARALLEL} at once admit exactly the quota`, async (t) => {
  const quotas = { default: { user: { requestsPerMinute: 41 } } }
  const { processes } = await startProcesses(t, PROCESSES, quotas)
  const outcomes = await flood(processes, [alice], list)
  assertAdmitted(outcomes, 41)
  // Whoever shares an organisation with somebody like that goes on.
  const [first] = processes
  const other = await flood(first ? [first] : [], [bob], list)
  assertAdmitted(other, 41)
})

test('requests a minute: the users of an organisation share its quota, and use no more of it', async (t) => {
  const quotas = { default: { user: { requestsPerMinute: 31 }, org: { requestsPerMinute: 50 } } }
  const { processes } = await startProcesses(t, PROCESSES, quotas)
  // What alice is refused is not taken from bob: 31 are hers, and 19 are left for him.
  const hers = await flood(processes, [alice], list)
  assertAdmitted(hers, 31)
  const his = await flood(processes, [bob], list)
  assertAdmitted(his, 19)
})

for (const whose of ['user', 'org'] as const) {
  test(`live answers of the ${whose}: ${PROCESSES} processes × ${PARALLEL} at once admit exactly the quota`, async (t) => {
    const quotas = { default: { [whose]: { liveRuns: 23 } } }
    const { processes, databaseUrl } = await startProcesses(t, PROCESSES, quotas)
    const subjects = whose === 'user' ? [alice] : [alice, bob]
    const outcomes = await flood(processes, subjects, begin)
    const refused = PROCESSES * PARALLEL - 23
    assert.deepEqual(Object.fromEntries(outcomes), {
      'thread.created': 23,
      too_many_answers: refused,
    })
    const live = await query(databaseUrl, `select 1 from runs where status = 'running'`)
    assert.equal(live.length, 23)
    const items = await query(databaseUrl, 'select 1 from items')
    assert.equal(items.length, 23, 'nothing is left of what was refused')
  })
}

test('the place of an answer whose process was killed is free within 15 s', async (t) => {
  const quotas = { default: { user: { liveRuns: 1 } } }
  const { processes } = await startProcesses(t, 2, quotas)
  const [doomed, other] = processes
  assert.ok(doomed && other)
  const token = await tokenOf(alice)
  assert.equal(await begin(new ChatClient(doomed.url, token), 1), 'thread.created')
  const client = new ChatClient(other.url, token)
  assert.equal(await begin(client, 2), 'too_many_answers')
  const killedAt = Date.now()
  await doomed.kill()
  while ((await begin(client, 3)) !== 'thread.created') {
    assert.ok(Date.now() - killedAt < SLOT_MS_MAX)
  }
  assert.ok(Date.now() - killedAt < SLOT_MS_MAX)
})
