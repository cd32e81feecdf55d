import { testTraces } from './test-traces.ts'

testTraces('further')
