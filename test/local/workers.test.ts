import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { join } from 'node:path'
import { test } from 'node:test'
import { Workers } from '../../service/local/workers.ts'
import { processList } from '../support/process-list.ts'

const SHORT_LIVED = join(import.meta.dirname, '..', 'support', 'short-lived-worker.ts')

// Ctrl-C during a start, or kill -9 at any time: what was about to be said to the process cannot be
// said any more, and must not end everything else.
test('a process that ends before it gets its answer has ended, and that is all', async (t) => {
  t.after(() => cluster.removeAllListeners('online'))
  // As on a busy machine: by the time its question is read, the process is gone.
  cluster.on('online', ({ process: { pid } }) => {
    while (processList().some((entry) => entry.pid === pid));
  })
  const hopeless = Promise.withResolvers<void>()
  const said: string[] = []
  const workers = new Workers({
    count: 1,
    environment: {},
    log: (line) => said.push(line),
    onHopeless: hopeless.resolve,
    program: SHORT_LIVED,
  })
  void workers.start()
  await hopeless.promise
  await workers.stop()
  assert.deepEqual(said, Array(2).fill('A process ended with code 0; another one takes its place.'))
})
