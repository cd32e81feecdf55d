import { testTraces } from './test-traces.ts'

testTraces('bridge', { index: 0, of: 2 })
