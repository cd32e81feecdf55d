import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chartModel } from '../../service/local/page/widgets/chart-model.ts'

const data = [
  { day: 'mo', a: 3, b: 4, c: -2 },
  { day: 'tu', a: 5, b: '6', c: null },
]
const bar = (dataKey: string, more: object = {}) => ({ type: 'bar', dataKey, ...more })
const model = (more: object) => chartModel({ type: 'Chart', data, xAxis: 'day', ...more })

test('bars of one stack stand on each other, those below zero hang', () => {
  const stacked = model({ series: ['a', 'b', 'c'].map((key) => bar(key, { stack: 's' })) })
  const [, second, third] = stacked?.series ?? []
  assert.deepEqual(second?.spans, [
    { from: 3, to: 7, value: 4 },
    { from: 5, to: 11, value: 6 },
  ])
  assert.deepEqual(third?.spans[0], { from: 0, to: -2, value: -2 })
})

test('the lines are at round numbers that enclose every value and zero', () => {
  assert.deepEqual(model({ series: [bar('a')] })?.ticks, [0, 2, 4, 6])
  assert.deepEqual(model({ series: [bar('c')] })?.ticks, [-2, -1.5, -1, -0.5, 0])
  const flat = chartModel({ type: 'Chart', data: [{ x: 0 }], xAxis: 'x', series: [bar('x')] })
  assert.ok(flat && flat.ticks.length > 1)
})

test('what is no number is a gap, and an axis may have other words', () => {
  const named = model({ series: [bar('c')], xAxis: { dataKey: 'day', labels: { mo: 'Monday' } } })
  assert.deepEqual(named?.categories, ['Monday', 'tu'])
  assert.equal(named.series[0]?.spans[1]?.value, undefined)
})

test('a malformed chart is none, and a malformed series costs only itself', () => {
  assert.equal(chartModel({ type: 'Chart', data: 'x' }), undefined)
  assert.equal(model({ series: [bar('a'), { type: 'pie' }, 7] })?.series.length, 1)
})
