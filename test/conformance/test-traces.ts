import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { serverUrl } from '../support/database.ts'
import { Databases } from './databases.ts'
import { readTraces } from './read-traces.ts'
import { replay } from './replay.ts'
import type { Outcome } from './replay.ts'
import { describeFailure, hasFailed } from './report.ts'

/** One of several test files that share a folder, so that they can run at the same time. */
export interface Share {
  /** From 0. */
  readonly index: number
  readonly of: number
}

/** Makes a test of each trace in a folder of ours; a file of requests is a test for each of them. */
export function testTraces(folder: string, share: Share = { index: 0, of: 1 }): void {
  const traces = readTraces([join(import.meta.dirname, 'traces', folder)])
  const databases = new Databases(serverUrl())
  after(() => databases[Symbol.asyncDispose]())
  for (const trace of traces.filter((_, index) => index % share.of === share.index)) {
    test(trace.name, async (t) => {
      const outcomes = await replay(trace, databases)
      if (trace.kind !== 'requests') return outcomes.forEach(demandPassed)
      for (const outcome of outcomes) await t.test(outcome.name, () => demandPassed(outcome))
    })
  }
}

function demandPassed(outcome: Outcome): void {
  if (hasFailed(outcome)) assert.fail(describeFailure(outcome))
}
