import { createServer } from 'node:net'

// A process of a cluster that asks for its port and ends before it can hear the answer.

createServer().listen(0, '127.0.0.1')
setImmediate(() => process.exit(0))
