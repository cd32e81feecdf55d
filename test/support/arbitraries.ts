import * as fc from 'fast-check'
import { z } from 'zod'
import { WIDGET_ROOTS, WidgetJson } from '../../service/protocol/widgets.ts'

const TEXT_LENGTH = 12

const troublesome = [
  '',
  '\u2028\u2029\u0085',
  'a\r\nb\rc\nd',
  'data: x\n\nid: 7\n\n',
  ': ping\n\n',
  '😀👩‍👩‍👧 é',
  '</script>{{ x }}${y}',
  '\ufeff"\\u0000\\',
  'event: done\r\n\r\n',
]

/** Text of all kinds, except for the two that no database holds; see `storableText`. */
export const someText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...troublesome) },
  {
    weight: 5,
    arbitrary: fc
      .string({ unit: 'binary', maxLength: TEXT_LENGTH })
      .map((text) => text.replaceAll('\0', '')),
  },
)

/** Text of all kinds, and those as well. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  someText,
  fc.constantFrom('\0', 'a\0b', '\ud800', '\udc00x', 'x\ud83d'),
)

const someKey = someText.filter((key) => key !== '__proto__')
const someNumber = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))

/** JSON with texts of one kind; null where nothing else comes out. */
function jsonWith(nothing: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(
    { weight: 4, arbitrary: someText },
    // Through JSON: it knows no negative zero.
    {
      weight: 2,
      arbitrary: someNumber.map((number): unknown => JSON.parse(JSON.stringify(number))),
    },
    { weight: 1, arbitrary: fc.boolean() },
    { weight: 1, arbitrary: nothing },
  )
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      leaf,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(someKey, tie('json'), { maxKeys: 3, noNullPrototype: true }),
    ),
  }))
  return json
}

export const someJson = jsonWith(fc.constant(null))
const jsonWithoutNull = jsonWith(fc.constant(false))

interface Component {
  readonly type: string
}

/** A tree of components, some with texts that can grow, some that nobody knows. */
function component(value: fc.Arbitrary<unknown>): fc.Arbitrary<Component> {
  const id = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined })
  const streaming = fc.option(fc.boolean(), { nil: undefined })
  const { node } = fc.letrec<{ node: Component }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.record({ type: fc.constantFrom('Text', 'Markdown'), id, value: someText, streaming }),
      fc.record({ type: fc.constantFrom('Title', 'Badge', 'Hologram'), id, value, key: value }),
      fc.record({ type: fc.constant('Transition'), id, children: tie('node') }),
      fc.record({
        type: fc.constantFrom('Row', 'Col', 'Box'),
        id,
        gap: value,
        children: fc.array(tie('node'), { maxLength: 3 }),
      }),
    ),
  }))
  return node
}

function widgetOf(value: fc.Arbitrary<unknown>) {
  return fc.record({
    type: fc.constantFrom(...WIDGET_ROOTS),
    size: value,
    children: fc.array(component(value), { maxLength: 3 }),
  })
}

/** A widget as the wire has it. */
export const someWidget: fc.Arbitrary<WidgetJson> = widgetOf(jsonWithoutNull).map(
  // Without what is undefined.
  (widget): WidgetJson => JSON.parse(JSON.stringify(widget)),
)

/** A widget as somebody may write it: with nulls, and with what is undefined, anywhere. */
export const untidyWidget = widgetOf(fc.oneof(someJson, fc.constant(null), fc.constant(undefined)))

/**
 * What a schema of the protocol describes, in the form that the wire has: what is optional is there
 * or not, defaults are filled in, and no model has a null.
 */
export function valueOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema === WidgetJson) return someWidget
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return valueOf(schema.unwrap())
  }
  if (schema instanceof z.ZodPipe) return valueOf(schema.in)
  if (schema instanceof z.ZodObject) return objectOf(schema)
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map(valueOf))
  if (schema instanceof z.ZodArray) return fc.array(valueOf(schema.element), { maxLength: 3 })
  if (schema instanceof z.ZodRecord) {
    return fc.dictionary(someKey, valueOf(schema.valueType), { maxKeys: 3, noNullPrototype: true })
  }
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options)
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values)
  if (schema instanceof z.ZodBoolean) return fc.boolean()
  if (schema instanceof z.ZodNumber) return fc.integer({ min: 0, max: 1_000_000 })
  if (schema instanceof z.ZodString) return someText
  if (schema instanceof z.ZodUnknown) return someJson.filter((json) => json !== null)
  throw new TypeError(`no values are known for a ${schema.constructor.name}`)
}

function objectOf(schema: z.ZodObject): fc.Arbitrary<object> {
  const { shape } = schema
  const requiredKeys = Object.keys(shape).filter((key) => !(shape[key] instanceof z.ZodOptional))
  const values = Object.entries(shape).map(([key, field]) => {
    return [key, key === 'created_at' ? someTime : valueOf(field)] as const
  })
  return fc.record(Object.fromEntries(values), { requiredKeys, noNullPrototype: true })
}

const someTime = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
