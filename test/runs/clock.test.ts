import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

const HOUR_MS = 3_600_000

// A lease that is not renewed is over after a few seconds, and then another process takes the run.
for (const [way, stepMs] of [
  ['back', -HOUR_MS],
  ['forward', HOUR_MS],
] as const) {
  test(`a clock that is set ${way} costs an answer that is silent just then nothing`, async (t) => {
    const goOn = Promise.withResolvers<void>()
    const application = scripted(async (chat) => {
      const answer = await beginMessage(chat)
      await answer.add('Let me think. ')
      await goOn.promise
      await answer.add('Done.')
      await answer.done()
    })
    const service = await startService(t, { replacements: { application } })
    const client = await service.as(alice)
    const lease = async () => {
      const [row] = await query<{ until: Date }>(
        service.databaseUrl,
        'select lease_until as until from runs where exists (select from run_chunks)',
      )
      return row?.until.getTime() ?? 0
    }
    const said = client.say('Hi')
    await eventually(async () => (await lease()) > 0)
    const { now } = Date
    t.mock.method(Date, 'now', () => now() + stepMs)
    // Twice: the first time may have been due before the clock was set.
    for (const before of [await lease(), undefined]) {
      const from = before ?? (await lease())
      await eventually(async () => (await lease()) > from, 8_000)
    }
    goOn.resolve()
    assert.equal((await said).text, 'Let me think. Done.')
  })
}
