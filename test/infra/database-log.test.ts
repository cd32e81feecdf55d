import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Client } from 'pg'
import { z } from 'zod'
import { startPostgres } from '../../service/local/postgres.ts'
import { Canary } from '../support/canary.ts'
import { eventually } from '../support/eventually.ts'
import { synthesize } from './synthesized.ts'

const Groups = z.record(
  z.string(),
  z.object({ Properties: z.object({ Parameters: z.record(z.string(), z.string()) }) }),
)

/** What a parameter group of an engine says of the log, without what only RDS knows. */
function logSettings(engine: 'postgres' | 'aurora'): [string, string][] {
  const { data } = synthesize('prod', (settings) => ({
    ...settings,
    database: { ...settings.database, engine },
  }))
  const type =
    engine === 'aurora' ? 'AWS::RDS::DBClusterParameterGroup' : 'AWS::RDS::DBParameterGroup'
  const [group] = Object.values(Groups.parse(data.findResources(type)))
  const parameters = Object.entries(group?.Properties.Parameters ?? {})
  return parameters.filter(([name]) => name.startsWith('log_'))
}

async function startServer(t: TestContext, log: (line: string) => void): Promise<Client> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-log-'))
  const postgres = await startPostgres({ dataFolder: folder, durable: false, log })
  const client = new Client({ connectionString: postgres.url })
  t.after(async () => {
    await client.end()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  await client.connect()
  return client
}

// Whoever may read the logs of a database is seldom one who may read conversations.
for (const engine of ['postgres', 'aurora'] as const) {
  test(`the log of ${engine} tells of errors and slow statements, and of no value in them`, async (t) => {
    const lines: string[] = []
    const client = await startServer(t, (line) => lines.push(line))
    for (const [name, value] of logSettings(engine)) {
      await client.query(`alter system set ${name} = '${value}'`)
    }
    await client.query('select pg_reload_conf()')
    await client.query(
      'create table items (id text primary key, thread text not null, content jsonb)',
    )
    await eventually(async () => {
      const { rows } = await client.query('show log_min_duration_statement')
      return JSON.stringify(rows).includes('1s')
    })

    const { word } = new Canary()
    const insert = { name: 'add_item', text: 'insert into items values ($1, $2, $3::jsonb)' }
    const add = (...values: unknown[]) => client.query({ ...insert, values })
    await add(word, 'thr_1', '{}')
    const values = JSON.stringify({ text: `I told my doctor ${word}` })
    await assert.rejects(add('itm_1', null, values), /null value/)
    await assert.rejects(add(word, 'thr_1', values), /duplicate key/)
    await assert.rejects(add('itm_2', 'thr_1', `{"text": "${word} \\u0000"}`), /Unicode/)
    await assert.rejects(add('itm_2', 'thr_1', `{"text": "${word}`), /json/)
    await client.query('select pg_sleep(1.2), $1::text', [word])

    const log = await eventually(() => {
      const text = lines.join('\n')
      return text.includes('duration: 1') && text
    })
    assert.match(log, /ERROR: {2}null value.*\n.*insert into items/)
    assert.match(log, /ERROR: {2}duplicate key/)
    assert.deepEqual(new RegExp(`.*${word}.*`, 'g').exec(log), null)
  })
}
