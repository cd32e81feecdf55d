import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { LogFile } from '../../service/local/log-file.ts'

// A disk that is full must not end what is still good: answers go on without their lines.
test('a log that cannot be written says so once, and goes on when it can be again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-log-test-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'service.log')
  const said: string[] = []
  const log = new LogFile(path, (line) => said.push(line))
  for (const round of [1, 2]) {
    await mkdir(path)
    log.write('lost\n')
    log.write('lost\n')
    assert.equal(said.length, round)
    await rmdir(path)
    log.write('kept\n')
    assert.equal(await readFile(path, 'utf8'), 'kept\n')
    await rm(path)
  }
  assert.match(
    said[0] ?? '',
    /service\.log cannot be written, so lines are lost: there is a folder/,
  )
})
