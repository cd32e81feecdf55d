import { testTraces } from './test-traces.ts'

testTraces('bridge', { index: 1, of: 2 })
