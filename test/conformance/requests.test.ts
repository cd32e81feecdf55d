import { testTraces } from './test-traces.ts'

testTraces('requests')
