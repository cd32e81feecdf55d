import { testTraces } from './test-traces.ts'

testTraces('server', { index: 1, of: 2 })
