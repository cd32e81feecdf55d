import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatClient, input } from '../support/chat-client.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { alice, tokenOf } from '../support/service.ts'
import { startUpstream, textAnswer } from '../support/upstream.ts'

const PAUSE_MS = 600_000

/** What a process has counted as interrupted, in all lines that CloudWatch would read. */
function interruptedIn(output: string): number {
  const counts = output.matchAll(/"_aws":.*"RunsInterrupted":(\[[\d,]+\]|\d+)/g)
  return [...counts]
    .flatMap(([, values = '']) => values.match(/\d+/g) ?? [])
    .reduce((sum, value) => sum + Number(value), 0)
}

// The alarm "Interrupted runs" is about tasks that die, and a task that is dead can count nothing.
test('an answer whose process is killed is counted as interrupted, once', async (t) => {
  const databaseUrl = await createDatabase(t)
  const begun = textAnswer(['Half an answer']).slice(0, 4)
  const upstream = await startUpstream(t, [[...begun, { $pauseMs: PAUSE_MS }]])
  const environment = {
    DATABASE_URL: databaseUrl,
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: upstream.url,
    METRICS_SERVICE: 'chatkit-test',
    MODEL_SILENCE_SECONDS: '300',
  }
  const dying = await ServiceProcess.start(t, environment)
  const others = await Promise.all([
    ServiceProcess.start(t, environment),
    ServiceProcess.start(t, environment),
  ])
  const stream = new ChatClient(dying.url, await tokenOf(alice)).stream('threads.create', {
    input: input('Hi'),
  })
  await stream.next()
  const ofRun = (condition: string) => query(databaseUrl, `select 1 from runs where ${condition}`)
  await eventually(async () => (await ofRun(`status = 'running'`)).length === 1)
  await dying.kill()
  await eventually(async () => (await ofRun(`status = 'interrupted'`)).length === 1)
  // Each writes what it has counted when it ends.
  await Promise.all(others.map((service) => service.stop()))
  const counted = others.map(({ output }) => interruptedIn(output))
  assert.deepEqual(counted.toSorted(), [0, 1])
})
