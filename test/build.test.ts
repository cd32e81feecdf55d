import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')

function build(...args: readonly string[]) {
  return spawnSync(process.execPath, ['service/build.ts', ...args], { cwd: ROOT, encoding: 'utf8' })
}

test('a build that is asked for what there is not says what there is, and makes no folder', () => {
  for (const args of [['--minify'], ['a-folder', 'another'], ['']]) {
    const { status, stdout, stderr } = build(...args)
    assert.equal(status, 1, stdout)
    assert.equal(stderr, 'Usage: npm run build [-- FOLDER], by default dist\n')
  }
  assert.equal(build('--help').status, 0)
  assert.ok(!existsSync(join(ROOT, '--minify')))
})

// The same way as a mistake in the sources: what is wrong, and not where the bundler noticed it.
test('a build that fails says why, without a stack', () => {
  const { status, stderr } = build('/dev/null/below')
  assert.equal(status, 1, stderr)
  assert.match(stderr, /ERROR.*\/dev\/null/)
  assert.doesNotMatch(stderr, /\n\s+at /)
})
