import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { SecretVersion } from '../../service/secrets/secret-source.ts'
import { toConnection } from '../../service/store/connection.ts'
import { Database } from '../../service/store/pool.ts'
import { createDatabase } from '../support/database.ts'
import { query } from '../support/query.ts'

// Postgres takes the new password a moment before the secret calls it the current one.
test('a password that is rotated keeps no connection out, before and after the secret says so', async (t) => {
  const url = new URL(await createDatabase(t))
  const role = `rotated_${randomBytes(6).toString('hex')}`
  const secretOf = (password: string) =>
    JSON.stringify({
      host: url.hostname,
      port: url.port,
      dbname: url.pathname.slice(1),
      username: role,
      password,
    })
  const version = (stage: SecretVersion['stage'], password: string) => ({
    stage,
    value: secretOf(password),
    createdAt: 0,
  })
  await query(url.href, `create role ${role} login password 'first'`)
  let known: readonly SecretVersion[] = [version('current', 'first')]
  let actual = known
  const secrets = {
    read: () => Promise.resolve([secretOf('first')] as const),
    readVersions: () => Promise.resolve(known),
    refresh: async () => void (known = actual),
  }
  const connection = { ...(await toConnection({ secretId: 's', secrets })), ssl: false }
  const options = { connection, onIdleError: () => undefined, connectionsMax: 1 }
  const ask = async () => {
    const database = new Database(options)
    try {
      return (await database.run({ name: 'one', text: 'select 1 as one' })).rows
    } finally {
      await database.close()
    }
  }
  t.after(() => query(url.href, `drop role ${role}`))
  assert.deepEqual(await ask(), [{ one: 1 }])

  await query(url.href, `alter role ${role} password 'second'`)
  actual = [version('current', 'first'), version('pending', 'second')]
  assert.deepEqual(await ask(), [{ one: 1 }])

  actual = [version('current', 'second'), version('previous', 'first')]
  known = actual
  assert.deepEqual(await ask(), [{ one: 1 }])

  await query(url.href, `alter role ${role} password 'third'`)
  actual = [version('current', 'third'), version('previous', 'second')]
  assert.deepEqual(await ask(), [{ one: 1 }])

  await query(url.href, `alter role ${role} password 'of somebody else'`)
  await assert.rejects(ask, /the statement one failed/)
})
