import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { LocalPlace } from '../support/local-start.ts'

const LOCAL = join(import.meta.dirname, '..', '..', 'service', 'local')

// The commands beside `npm start` read the same settings, and so meet the same mistakes.
for (const [program, args] of [
  ['mint-token.ts', ['--user', 'alice']],
  ['user.ts', ['export', '--user', 'alice']],
] as const) {
  test(`${program} says in words what is wrong with the settings`, async (t) => {
    const place = await LocalPlace.make(t)
    const refuses = (variables: Record<string, string>, message: RegExp) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(LOCAL, program), ...args],
        { cwd: place.folder, env: place.environment(variables), encoding: 'utf8' },
      )
      assert.equal(status, 1, stderr)
      assert.match(stderr, message)
      assert.doesNotMatch(stderr, /\n\s+at |too-short/)
      assert.equal(stdout, '')
    }
    refuses({ LOCAL_FOLDER: '/dev/null' }, /Nothing can be kept in \/dev\/null/)
    refuses({ JWT_SECRET: 'too-short' }, /JWT_SECRET: .*at least 32/)
    await place.writeEnvFile(['\0'])
    refuses({}, /\.env is no text/)
  })
}

test('user.ts says in words that there is no database where DATABASE_URL looks for it', async (t) => {
  const place = await LocalPlace.make(t)
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(LOCAL, 'user.ts'), 'export', '--user', 'alice'],
    {
      cwd: place.folder,
      env: place.environment({ DATABASE_URL: 'postgres://me:hidden@127.0.0.1:1/chat' }),
      encoding: 'utf8',
    },
  )
  assert.equal(status, 1, stderr)
  assert.match(stderr, /The database of DATABASE_URL refused it: .*ECONNREFUSED/)
  assert.doesNotMatch(stderr, /\n\s+at |hidden/)
})
