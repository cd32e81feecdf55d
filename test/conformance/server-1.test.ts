import { testTraces } from './test-traces.ts'

testTraces('server', { index: 0, of: 2 })
