import process from 'node:process'

// Loaded into every test file by test/run.ts. The runner's own time-out ends a test, but a server
// or a timer that the test left behind would keep its process alive, and `npm test` waiting.

const FILE_TIMEOUT_MS = 480_000

const timer = setTimeout(() => {
  const resources = Object.entries(Object.groupBy(process.getActiveResourcesInfo(), (name) => name))
  const open = resources.map(([name, all]) => `${name} × ${all?.length ?? 0}`).join(', ')
  const seconds = FILE_TIMEOUT_MS / 1_000
  process.stderr.write(`This file did not end within ${seconds} seconds. Still open: ${open}\n`)
  process.exit(1)
}, FILE_TIMEOUT_MS)
timer.unref()
