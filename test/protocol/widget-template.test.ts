import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { WidgetTemplateError, widgetTemplate } from '../../service/protocol/widget-template.ts'
import { WidgetJson } from '../../service/protocol/widgets.ts'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const tideTable = widgetTemplate(read('./tide-table.widget'))
const letter = widgetTemplate(read('./letter.widget'))
const high = { id: 'a', place: 'Dover', time: '04:12', height: 6.5, over: true, more: { n: [1] } }

const card = (children: string) => `{"type":"Card","children":[${children}]}`
const text = (value: string) => card(`{"type":"Text","value":${value}}`)

function template(source: string, jsonSchema: object = {}) {
  const file = { version: '1.0', name: 'T', template: source, jsonSchema }
  return widgetTemplate(JSON.stringify(file))
}

/** The words that building or reading fails with. */
function complaint(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof WidgetTemplateError, String(error))
    return error.message
  }
  assert.fail('nothing was wrong')
}

const opens = (id: string, more: object) => ({
  onClickAction: { type: 'tide.open', payload: { id, more } },
})

const row = (key: string, gap: number, more: object) => ({
  type: 'ListViewItem',
  key,
  gap,
  ...more,
})

test('a file without values is the widget that its preview shows', () => {
  const file = read('./greeting.widget')
  const { name, build } = widgetTemplate(file)
  assert.equal(name, 'Greeting')
  assert.deepEqual(WidgetJson.parse(build()), JSON.parse(file).outputJsonPreview)
})

test('every construct of the builder means what it means in Jinja', () => {
  const low = { ...high, id: 'b', height: 0.5, over: false, more: {}, note: 'Mind the "rocks".' }
  const unknown = { ...high, id: 'c', height: null, more: { k: null } }
  const place = { type: 'Text', value: 'Dover at 04:12' }
  const over = { ...place, lineThrough: true }
  assert.deepEqual(WidgetJson.parse(tideTable.build({ tides: [high, low, unknown] })), {
    type: 'ListView',
    limit: 5,
    children: [
      row('a', 0, { align: 'start', ...opens('a', { n: [1] }), children: [over] }),
      row('b', 1, {
        align: 'center',
        ...opens('b', {}),
        children: [place, { type: 'Caption', value: 'Mind the "rocks".' }],
      }),
      row('c', 2, { align: 'end', ...opens('c', {}), children: [over] }),
    ],
  })
  assert.deepEqual(WidgetJson.parse(tideTable.build({ tides: [], limit: 2 })), {
    type: 'ListView',
    limit: 2,
    children: [],
  })
})

test('one template builds many widgets, and none knows of another', () => {
  const values = { tides: [high] }
  const first = JSON.stringify(tideTable.build(values))
  const other = { ...high, id: 'z', place: 'Ostend' }
  assert.match(JSON.stringify(tideTable.build({ tides: [other, other] })), /Ostend.*Ostend/)
  assert.equal(JSON.stringify(tideTable.build(values)), first)
  assert.deepEqual(values, { tides: [high] })
})

// A value may come from a model or a stranger: it must stay the text that it is.
test('no value can break out of its place or be read as a template', () => {
  const nasty = [
    '"}],"x":{"type":"Button"',
    '{{ subject }}{% for x in y %}',
    '\\", "type": "Card',
    "'}} {# no comment #}",
    '\u2028\0\n</script>',
    '😀\ud800',
  ]
  for (const body of nasty) {
    const values = { subject: body, body, to: { name: body }, sender: '{{ to.name }}' }
    const widget = WidgetJson.parse(letter.build(values))
    assert.deepEqual(widget['children'], [
      { type: 'Title', value: body },
      { type: 'Markdown', id: 'body', value: `Dear ${body},\n\n${body}` },
      { type: 'Caption', value: '{{ to.name }}' },
    ])
  }
})

test('text that is printed without tojson is refused, whatever it says', () => {
  const raw = template('{"type":"Card","title":"{{ title }}","children":[]}')
  assert.match(
    complaint(() => raw.build({ title: 'x' })),
    /title is text: .*"\| tojson"/,
  )
  const inBlock = template(card('{% set c %}{{ x.y }}{% endset %}{{ c }}'))
  assert.match(
    complaint(() => inBlock.build({ x: { y: '1' } })),
    /x\.y is text/,
  )
  const joined = template(text('{{ "a" ~ title }}'))
  assert.match(
    complaint(() => joined.build({ title: '","b":"' })),
    /is text/,
  )
  const number = template('{"type":"Card","children":[],"padding":{{ n }}}')
  assert.equal(WidgetJson.parse(number.build({ n: 2.5 }))['padding'], 2.5)
})

test('values that the schema does not allow are refused, by path and with what is allowed', () => {
  const wrong = {
    tides: [high, { ...high, place: 'Secret cove', height: 'x', extra: 1 }],
    limit: 0,
  }
  const words = complaint(() => tideTable.build(wrong))
  assert.match(words, /"Tide table"/)
  assert.match(words, /\/tides\/1\/place must be equal to .*"Dover", "Calais", "Ostend"/)
  assert.match(words, /\/tides\/1\/height must be number,null/)
  assert.match(words, /\/tides\/1 must NOT have additional properties: "extra"/)
  assert.match(words, /\/limit must be >= 1/)
  assert.doesNotMatch(words, /Secret/, 'values of users do not belong into logs')
  assert.match(
    complaint(() => tideTable.build({})),
    /the values must have required property 'tides'/,
  )
  const many = Array.from({ length: 100 }, () => ({}))
  assert.match(
    complaint(() => tideTable.build({ tides: many })),
    /; and 595 more/,
  )
})

test('a variable that is not there is an error and never a null', () => {
  const values = { subject: 's', body: 'b', to: { name: 'n' }, sender: 'x' }
  letter.build(values)
  assert.match(
    complaint(() => letter.build({ ...values, sender: undefined })),
    /sender is not there/,
  )
  assert.match(
    complaint(() => letter.build({ ...values, to: {} })),
    /to\.name is not there/,
  )
  assert.match(
    complaint(() => letter.build({ subject: 's', body: 'b' })),
    /to is not there/,
  )
  for (const uses of [
    '{{ (x) | tojson }}',
    '{{ x }}',
    '{% if x %}1{% endif %}2',
    '{% if x.y %}1{% endif %}2',
    '{% for y in x %}{% endfor %}3',
    '{{ (1 if x == 2 else 3) | tojson }}',
    '{{ (x or 1) | tojson }}',
    '{{ ([1][3]) | tojson }}',
    '{{ ([] | first) | tojson }}',
    '{{ (1 if false) | tojson }}',
    '{{ (x.y | default(1)) | tojson }}',
    '{{ (range) | tojson }}',
    '{{ (namespace) | tojson }}',
  ]) {
    assert.match(
      complaint(() => template(text(uses)).build()),
      /is not there/,
      uses,
    )
  }
  for (const asks of [
    '{{ (x | default("none")) | tojson }}',
    '{{ ([] | first | default(1)) | tojson }}',
    '{% if x is defined %}{{ x | tojson }}{% else %}2{% endif %}',
    '{% if x is not defined or x.y %}3{% endif %}',
    '{{ 5 if x is undefined else x }}',
  ]) {
    template(text(asks)).build()
  }
})

test('values may bear the names of what the language brings along', () => {
  const values = { none: 'a', loop: 'b', namespace: 'c', items: 'd', constructor: 'e', true: 'f' }
  for (const [name, value] of Object.entries(values)) {
    const widget = WidgetJson.parse(template(text(`{{ (${name}) | tojson }}`)).build(values))
    assert.deepEqual(widget['children'], [{ type: 'Text', value }], name)
  }
})

test('only what JSON knows reaches the template', () => {
  const date = new Date('2026-01-02T03:04:05Z')
  const built = template(text('{{ (at) | tojson }}')).build({ at: date, call: () => 1 })
  assert.match(JSON.stringify(built), /2026-01-02T03:04:05\.000Z/)
  assert.match(
    complaint(() => template(text('{{ call() }}')).build({ call: () => '1' })),
    /call is not/,
  )
})

test('a file that cannot be used says why when it is read', () => {
  const file = JSON.parse(read('./greeting.widget'))
  const changed = (change: object) => () => widgetTemplate(JSON.stringify({ ...file, ...change }))
  assert.match(
    complaint(() => widgetTemplate('{"version"')),
    /has to be JSON/,
  )
  assert.match(
    complaint(changed({ version: '2.0' })),
    /"Greeting" has the version "2\.0"; only "1\.0"/,
  )
  assert.match(complaint(changed({ version: undefined })), /version null/)
  assert.match(complaint(changed({ template: 7 })), /no \.widget file: template/)
  assert.match(complaint(changed({ template: '{% for %}' })), /template of the widget "Greeting"/)
  assert.match(
    complaint(changed({ jsonSchema: { type: 'objekt' } })),
    /schema of the widget "Greeting"/,
  )
})

test('what a template makes has to be a widget', () => {
  assert.match(
    complaint(() => template('{"type":"Card",}').build()),
    /"T" cannot be built: .*not JSON/,
  )
  assert.match(
    complaint(() => template('{"type":"Text"}').build()),
    /Card, ListView, Basic.*"Text"/,
  )
  assert.match(
    complaint(() => template('[]').build()),
    /this is a list/,
  )
  const long = complaint(() => template(text('{{ (x) | tojson }}')).build({ x: 'x'.repeat(1e6) }))
  assert.match(long, /longer than 1000000/)
})

test('schemas of other drafts, with formats and keywords that nobody knows, are read', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    'x-builder': true,
    properties: { at: { type: 'string', format: 'date-time', placeholder: 'now' } },
    required: ['at'],
  }
  const { build } = template(text('{{ (at) | tojson }}'), schema)
  build({ at: 'tomorrow' })
  assert.match(
    complaint(() => build({ at: 1 })),
    /\/at must be string/,
  )
})
