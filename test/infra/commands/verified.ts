import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { begin } from '../../../infra/commands/verify/begin.ts'
import type { Row } from '../../../infra/commands/verify/report.ts'
import { parts, runChecks } from '../../../infra/commands/verify/run-checks.ts'
import { mintUsers, usersOf } from '../../../infra/commands/verify/users.ts'
import type { Users } from '../../../infra/commands/verify/users.ts'
import { Wire } from '../../../infra/commands/verify/wire.ts'
import { beginMessage, scripted } from '../../support/scripted-application.ts'
import { JWT_SECRET, ORIGIN, startService } from '../../support/service.ts'
import type { TestService } from '../../support/service.ts'
import { startProxy } from './verify-proxy.ts'
import type { Defect } from './verify-proxy.ts'

const LOOKS_MAX = 4
const PIECES_SHORT = 10
const PIECES_LONG = 90
const PIECE_MS = 50
/** How long the silent stream is held: beyond two heartbeats. */
const IDLE_SECONDS = 2.4

/** A real service that writes slowly enough for its streams to be judged, with attachments. */
export async function startVerifiable(
  t: TestContext,
  auth: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-verify-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const application = scripted(async (chat, message) => {
    const isLong = message?.content[0]?.text.includes('long article') ?? false
    const answer = await beginMessage(chat)
    for (let piece = 0; piece < (isLong ? PIECES_LONG : PIECES_SHORT); piece++) {
      await sleep(PIECE_MS, undefined, { signal: chat.signal })
      await answer.add('word ')
    }
    await answer.done()
  })
  const environment = { HEARTBEAT_SECONDS: '1', ATTACHMENTS_FOLDER: folder, ...auth }
  return await startService(t, { replacements: { application }, environment, hasPage: true })
}

export interface Verification {
  readonly ca?: string | undefined
  readonly httpPort?: number
  /** Names of parts; by default all of them. */
  readonly only?: readonly string[]
  /** Tokens instead of minted ones. */
  readonly tokens?: readonly string[]
  /** Where tokens are shown, if not as bearer tokens. */
  readonly tokenHeader?: string
  /** Users who are known by something else. */
  readonly users?: Users
  readonly idleSeconds?: number
  /** @default that of `startVerifiable` */
  readonly heartbeatSeconds?: number
}

/** Verifies a deployment as the command does. */
export async function verify(url: string, options: Verification = {}): Promise<readonly Row[]> {
  const { ca, httpPort = 80, only, tokens = [], idleSeconds = IDLE_SECONDS } = options
  const wire = new Wire(new URL(url), { ca })
  const mint = tokens.length > 0 || options.users ? undefined : { secret: JWT_SECRET }
  const place = { header: options.tokenHeader, origin: ORIGIN }
  const users = options.users ?? usersOf(tokens, place) ?? (await mintUsers({ secret: JWT_SECRET }))
  const common = { wire, users, mint, httpPort, idleSeconds }
  const prompt = 'Write a long article.'
  try {
    const { site, distrust } = await begin({
      ...common,
      origins: [ORIGIN],
      heartbeatSeconds: options.heartbeatSeconds ?? 1,
      prompt,
    })
    const chosen = parts.filter(({ name }) => only?.includes(name) ?? true)
    const rows = await Array.fromAsync(runChecks(site, chosen, { distrust }))
    if (distrust === undefined) await site.cleanUp()
    return rows
  } finally {
    wire.close()
  }
}

/** The checks that failed, with what they saw. */
export function failures(rows: readonly Row[]): Readonly<Record<string, string>> {
  const failed = rows.filter(({ result }) => result === 'failed')
  return Object.fromEntries(failed.map(({ id, saw }) => [id, saw]))
}

/**
 * Demands that these lines of the report fail and no others. A machine that is busy may add one,
 * since some lines are about time; what is wrong with a deployment is there whenever one looks.
 */
export async function expectFailures(
  ids: readonly string[],
  look: () => Promise<readonly Row[]>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const found = failures(await look())
    const missing = ids.filter((id) => !(id in found))
    assert.deepEqual(missing, [], JSON.stringify(found))
    if (Object.keys(found).length === ids.length) return
    assert.ok(attempt < LOOKS_MAX, JSON.stringify(found))
  }
}

/** A name, the one line of the report that has to fail, and what is wrong. */
export type DefectiveDeployment = readonly [string, string, Defect]

/**
 * Puts each defect before the same real service, and demands that its own line fails and no other.
 */
export async function expectEachToFail(
  t: TestContext,
  defects: readonly DefectiveDeployment[],
): Promise<void> {
  const service = await startVerifiable(t)
  await t.test('before the real service', { concurrency: 2 }, async (group) => {
    await Promise.all(
      defects.map(([name, id, defect]) =>
        group.test(name, async (subtest) => {
          const port = await startProxy(subtest, service.url, defect)
          await expectFailures([id], () => verify(`http://localhost:${port}`, { only: QUICK }))
        }),
      ),
    )
  })
}

/** Every part but the one that takes its time. */
const QUICK = parts.map(({ name }) => name).filter((name) => name !== 'streaming')
