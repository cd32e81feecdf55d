import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { widgetUpdates } from '../../service/protocol/widget-diff.ts'
import { WidgetJson } from '../../service/protocol/widgets.ts'
import { someWidget, untidyWidget } from '../support/arbitraries.ts'
import '../support/random.ts'

/** The same rule said in another way: as a reviver, from the leaves up. */
function withoutNulls(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json), (_key, value: unknown) => {
    if (Array.isArray(value)) return value.filter((entry) => entry !== undefined)
    return value ?? undefined
  })
}

test('no widget has a null anywhere, and nothing else is lost', () => {
  fc.assert(
    fc.property(untidyWidget, (widget) => {
      const tidy: unknown = JSON.parse(JSON.stringify(WidgetJson.parse(widget)))
      assert.deepEqual(tidy, withoutNulls(widget))
      assert.ok(!holdsNull(tidy))
    }),
    { numRuns: 500 },
  )
})

test('a widget without nulls stays what it is, and equals itself', () => {
  fc.assert(
    fc.property(someWidget, (widget) => {
      const once = WidgetJson.parse(widget)
      assert.deepEqual(once, widget)
      assert.deepEqual(widgetUpdates(once, WidgetJson.parse(once)), [])
    }),
    { numRuns: 300 },
  )
})

function holdsNull(json: unknown): boolean {
  if (typeof json !== 'object') return false
  return json === null || Object.values(json).some(holdsNull)
}
