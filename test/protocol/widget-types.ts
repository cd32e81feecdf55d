import { untypedComponent } from '../../service/protocol/widget-components.ts'
import type { WidgetComponent } from '../../service/protocol/widget-components.ts'
import { untypedWidget } from '../../service/protocol/widgets.ts'
import type { WidgetRoot } from '../../service/protocol/widgets.ts'

// What must compile, and what must not: `tsc` is the test.

const save = { type: 'save', payload: { n: 1 }, handler: 'client', streaming: false } as const

export const everything: readonly WidgetRoot[] = [
  {
    type: 'Card',
    key: 'k',
    id: 'i',
    size: 'full',
    asForm: true,
    padding: { x: 2, top: '10%' },
    background: { light: '#fff', dark: 'black' },
    border: { top: 1, bottom: { size: 2, style: 'dashed', color: 'subtle' } },
    status: { text: 'Draft', icon: 'lucide:anchor' },
    confirm: { label: 'Save', action: save },
    cancel: { label: 'Leave', action: { type: 'leave', loadingBehavior: 'container' } },
    collapsed: false,
    theme: 'dark',
    children: [
      {
        type: 'Text',
        id: 't',
        value: 'x',
        streaming: true,
        editable: { name: 'a.b' },
        minLines: 2,
      },
      { type: 'Title', value: 'x', size: '5xl', weight: 'bold', maxLines: 1, truncate: true },
      { type: 'Caption', value: 'x', color: 'secondary', textAlign: 'end' },
      { type: 'Markdown', value: '**x**', streaming: false },
      { type: 'Badge', label: 'x', color: 'discovery', variant: 'soft', pill: true },
      { type: 'Spacer', minSize: 'auto' },
      { type: 'Divider', flush: true, spacing: 2 },
      { type: 'Icon', name: 'vendor:acme', size: '3xl' },
      { type: 'Image', src: 'https://x', fit: 'cover', position: 'top left', aspectRatio: 16 / 9 },
      { type: 'Button', label: 'x', onClickAction: save, iconStart: 'clock', style: 'primary' },
      {
        type: 'Form',
        onSubmitAction: save,
        direction: 'col',
        children: [
          { type: 'Label', value: 'Name', fieldName: 'name' },
          { type: 'Input', name: 'name', inputType: 'email', gutterSize: '2xs', required: true },
          { type: 'Textarea', name: 'text', rows: 2, autoResize: true, maxRows: 8 },
          { type: 'Select', name: 's', options: [{ value: 'a', label: 'A' }], clearable: true },
          { type: 'DatePicker', name: 'd', min: '2026-01-01', side: 'top', align: 'end' },
          { type: 'Checkbox', name: 'c', defaultChecked: true, onChangeAction: save },
          { type: 'RadioGroup', name: 'r', options: [{ value: 'a', label: 'A', disabled: true }] },
        ],
      },
      { type: 'Transition', children: { type: 'Row', key: '1', justify: 'between', flex: 1 } },
      {
        type: 'Table',
        children: [
          {
            type: 'Table.Row',
            header: true,
            children: [
              { type: 'Table.Cell', colSpan: 2, vAlign: 'center', colSize: 'lg', children: [] },
            ],
          },
        ],
      },
      {
        type: 'Chart',
        data: [{ day: 'Mon', high: 6.1, low: 1 }],
        xAxis: { dataKey: 'day', labels: { Mon: 'Monday' } },
        series: [
          { type: 'bar', dataKey: 'high', stack: 'a', label: 'High' },
          { type: 'area', dataKey: 'low', curveType: 'monotone' },
          { type: 'line', dataKey: 'low', color: 'blue' },
        ],
        showLegend: true,
      },
      untypedComponent({ type: 'Map', latitude: 51.1 }),
    ],
  },
  {
    type: 'ListView',
    limit: 'auto',
    status: { text: 'Ports', favicon: 'https://x', frame: true },
    children: [
      { type: 'ListViewItem', onClickAction: save, gap: 2, align: 'center', children: [] },
      untypedComponent({ type: 'ListViewAd' }),
    ],
  },
  {
    type: 'Basic',
    direction: 'row',
    gap: 1,
    children: [
      { type: 'Card', children: [] },
      { type: 'Col', children: [{ type: 'Box', radius: 'full', margin: { y: 1 }, wrap: 'wrap' }] },
    ],
  },
  untypedWidget({ type: 'Card', children: [{ type: 'Tomorrow' }] }),
]

// @ts-expect-error - a property that is misspelt
export const misspelt: WidgetComponent = { type: 'Text', value: 'x', colour: 'red' }
// @ts-expect-error - a type that is misspelt
export const unknown: WidgetComponent = { type: 'Txet', value: 'x' }
// @ts-expect-error - a property that is missing
export const incomplete: WidgetComponent = { type: 'Text' }
// @ts-expect-error - a property of another component
export const foreign: WidgetComponent = { type: 'Row', direction: 'row' }
// @ts-expect-error - a value that is none of the allowed ones
export const wrong: WidgetComponent = { type: 'Row', justify: 'middle' }
// @ts-expect-error - an icon that does not exist
export const icon: WidgetComponent = { type: 'Icon', name: 'clokc' }
// @ts-expect-error - entries of lists belong into lists
export const misplaced: WidgetComponent = { type: 'ListViewItem', children: [] }
// @ts-expect-error - lists have entries and nothing else
export const list: WidgetRoot = { type: 'ListView', children: [{ type: 'Text', value: 'x' }] }
// @ts-expect-error - not what a widget begins with
export const root: WidgetRoot = { type: 'Text', value: 'x' }
declare const json: object
// @ts-expect-error - JSON that nobody has looked at
export const anything: WidgetRoot = json
// @ts-expect-error - an action without a type
export const action: WidgetComponent = { type: 'Button', onClickAction: { payload: {} } }
// @ts-expect-error - wherever it is
export const deep: WidgetComponent = { type: 'Row', children: [{ type: 'Title', valeu: 'x' }] }
