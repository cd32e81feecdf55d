import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../support/database.ts'
import { startService } from '../support/service.ts'

// The Postgres of the tests has no TLS, so whoever gets through to it has done without.
test('in production no address can talk the service out of verified TLS', async (t) => {
  const databaseUrl = await createDatabase(t)
  for (const parameters of [
    '',
    '?sslmode=disable',
    '?sslmode=no-verify',
    '?ssl=false',
    '?ssl=0&sslmode=prefer&uselibpqcompat=true',
  ]) {
    const started = startService(t, {
      databaseUrl: `${databaseUrl}${parameters}`,
      environment: { NODE_ENV: 'production' },
    })
    await assert.rejects(started, /does not support SSL/, parameters)
  }
})
