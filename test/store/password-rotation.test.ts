import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { SecretVersion } from '../../service/secrets/secret-source.ts'
import { toConnection } from '../../service/store/connection.ts'
import { Database } from '../../service/store/pool.ts'
import { createDatabase } from '../support/database.ts'
import { query } from '../support/query.ts'

/** A role that may sign in with the password "first", and its secret. */
async function createRole(t: TestContext) {
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
  t.after(() => query(url.href, `drop role ${role}`))
  const change = (password: string) => query(url.href, `alter role ${role} password '${password}'`)
  return { secretOf, version, change }
}

// Postgres takes the new password a moment before the secret calls it the current one.
test('a password that is rotated keeps no connection out, before and after the secret says so', async (t) => {
  const { secretOf, version, change } = await createRole(t)
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
  assert.deepEqual(await ask(), [{ one: 1 }])

  await change('second')
  actual = [version('current', 'first'), version('pending', 'second')]
  assert.deepEqual(await ask(), [{ one: 1 }])

  actual = [version('current', 'second'), version('previous', 'first')]
  known = actual
  assert.deepEqual(await ask(), [{ one: 1 }])

  await change('third')
  actual = [version('current', 'third'), version('previous', 'second')]
  assert.deepEqual(await ask(), [{ one: 1 }])

  await change('of somebody else')
  await assert.rejects(ask, /the statement one failed/)
})

// Many connections are made at once, and not all are equally quick to hear that they are refused.
test('a connection that is refused late does not bring back the password that is over', async (t) => {
  const { secretOf, version, change } = await createRole(t)
  let known: readonly SecretVersion[] = [version('current', 'first')]
  const secrets = {
    read: () => Promise.resolve([secretOf('first')] as const),
    readVersions: () => Promise.resolve(known),
    refresh: async () => void (known = [version('current', 'first'), version('pending', 'second')]),
  }
  const connection = { ...(await toConnection({ secretId: 's', secrets })), ssl: false }
  const given = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const late = async () => {
    const { password } = connection
    assert.ok(typeof password === 'function')
    const chosen = await password()
    given.resolve()
    await goOn.promise
    return chosen
  }
  const options = { onIdleError: () => undefined, connectionsMax: 1 }
  const quick = new Database({ ...options, connection })
  const slow = new Database({ ...options, connection: { ...connection, password: late } })
  t.after(() => Promise.all([quick.close(), slow.close()]))
  const statement = { name: 'one', text: 'select 1 as one' }
  await change('second')
  const asked = slow.run(statement)
  asked.catch(() => undefined)
  await given.promise
  assert.deepEqual((await quick.run(statement)).rows, [{ one: 1 }])
  goOn.resolve()
  assert.deepEqual((await asked).rows, [{ one: 1 }])
})
