import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { JWT_SECRET } from '../support/service.ts'

const ROOT = join(import.meta.dirname, '..', '..')

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A command as npm starts it. */
function runCommand(file: string, words: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { JWT_SECRET } }
    execFile(process.execPath, [join(ROOT, file), ...words], options, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

const commands: Readonly<Record<string, RegExp>> = {
  'service/local/start.ts': /PORT=9000 npm start/,
  'service/local/mint-token.ts': /npm run token -- --user NAME/,
  'service/local/user.ts': /user export --user ID/,
  'test/conformance/run.ts': /npm run conformance -- \[FOLDER/,
  'test/bench/run.ts': /npm run bench -- \[PART/,
}

for (const [file, usage] of Object.entries(commands)) {
  test(`${file} explains itself and does nothing else`, async () => {
    for (const word of ['--help', '-h']) {
      const { code, out, err } = await runCommand(file, [word])
      assert.equal(code, 0, err)
      assert.match(out + err, usage)
    }
  })
}

test('npm start refuses what it would not heed', async () => {
  const { code, out, err } = await runCommand('service/local/start.ts', ['--port', '9000'])
  assert.equal(code, 1)
  assert.match(out + err, /"--port" is not understood.*\n*.*PORT=9000 npm start/s)
})

test('no token is made that the service would refuse', async () => {
  const long = 'x'.repeat(256)
  for (const words of [
    ['--user', 'a\nb'],
    ['--user', long],
    ['--user', 'a', '--org', 'a\u200bb'],
  ]) {
    const { code, out, err } = await runCommand('service/local/mint-token.ts', words)
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(err, /--(user|org) must be 1 to 255 visible characters/)
  }
  const { code, out } = await runCommand('service/local/mint-token.ts', ['--user', 'alice'])
  assert.equal(code, 0)
  assert.match(out, /^eyJ/)
})
