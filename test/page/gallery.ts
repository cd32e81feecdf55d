// Widgets as an application might send them: together they have every component.

/** A widget as JSON, with what the types of the protocol would turn down. */
export interface GalleryWidget {
  readonly type: 'Card' | 'ListView' | 'Basic'
  readonly [property: string]: unknown
}

export const PICTURE =
  'data:image/svg+xml;base64,' +
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400"><defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="#274b6d"/><stop offset=".6" stop-color="#e08d5f"/><stop offset="1" stop-color="#f5d8a8"/></linearGradient></defs><rect width="640" height="400" fill="url(#s)"/><circle cx="430" cy="235" r="46" fill="#fff3d6"/><path d="M0 280l120-70 90 60 130-110 150 120 150-60v180H0z" fill="#1d3a4d"/><path d="M0 330q160-40 320 0t320 0v70H0z" fill="#16303f"/></svg>`,
  ).toString('base64')

export const tripCard: GalleryWidget = {
  type: 'Card',
  status: { text: 'Harbour Trips', icon: 'compass' },
  children: [
    { type: 'Image', src: PICTURE, alt: 'The bay at dusk', flush: true, height: 170 },
    {
      type: 'Row',
      align: 'start',
      gap: 3,
      children: [
        {
          type: 'Col',
          gap: 1,
          flex: 1,
          children: [
            { type: 'Title', value: 'Evening sail to Alsten', size: 'lg' },
            { type: 'Caption', value: 'Saturday, 14 June · 18:30 – 21:00' },
          ],
        },
        { type: 'Badge', label: '3 places left', color: 'warning' },
      ],
    },
    {
      type: 'Text',
      value: 'A calm evening with wind from the south-west. Soup and bread are on board.',
      color: 'secondary',
      size: 'sm',
    },
    { type: 'Divider', flush: true },
    ...[
      ['map-pin', 'Quay 4, Sandnes', '12 min on foot'],
      ['clock', 'Two and a half hours', 'back before dark'],
      ['user', 'Up to eight guests', 'five are aboard'],
    ].map(([name, value, detail]) => ({
      type: 'Row',
      gap: 3,
      children: [
        { type: 'Icon', name, color: 'secondary' },
        { type: 'Text', value, size: 'sm' },
        { type: 'Spacer' },
        { type: 'Caption', value: detail },
      ],
    })),
    { type: 'Divider', flush: true },
    {
      type: 'Row',
      gap: 2,
      wrap: 'wrap',
      children: [
        {
          type: 'Button',
          label: 'Book for two',
          style: 'primary',
          iconStart: 'check',
          onClickAction: { type: 'trip.book', payload: { guests: 2 } },
        },
        {
          type: 'Button',
          label: 'Ask about the weather',
          onClickAction: {
            type: 'send_message',
            payload: { text: 'Will it rain?' },
            handler: 'client',
          },
        },
        { type: 'Button', label: 'Sold out', disabled: true, variant: 'ghost' },
      ],
    },
  ],
}

export const expenseForm: GalleryWidget = {
  type: 'Card',
  asForm: true,
  confirm: { label: 'Hand in', action: { type: 'expense.create', payload: { trip: { id: 7 } } } },
  cancel: { label: 'Discard', action: { type: 'expense.discard', streaming: false } },
  children: [
    { type: 'Title', value: 'New expense' },
    { type: 'Label', value: 'What was it for?', fieldName: 'trip.purpose' },
    { type: 'Input', name: 'trip.purpose', required: true, placeholder: 'Train to Bergen' },
    {
      type: 'Row',
      gap: 3,
      align: 'start',
      children: [
        {
          type: 'Col',
          flex: 1,
          gap: 1,
          children: [
            { type: 'Label', value: 'Amount', fieldName: 'amount' },
            { type: 'Input', name: 'amount', inputType: 'number', defaultValue: '120' },
          ],
        },
        {
          type: 'Col',
          flex: 1,
          gap: 1,
          children: [
            { type: 'Label', value: 'Day', fieldName: 'day' },
            { type: 'DatePicker', name: 'day', defaultValue: '2026-06-14T00:00:00Z' },
          ],
        },
      ],
    },
    { type: 'Label', value: 'Kind', fieldName: 'kind' },
    {
      type: 'Select',
      name: 'kind',
      placeholder: 'Choose a kind',
      options: [
        { value: 'travel', label: 'Travel' },
        { value: 'meals', label: 'Meals' },
      ],
    },
    {
      type: 'RadioGroup',
      name: 'paid',
      ariaLabel: 'Paid with',
      defaultValue: 'card',
      options: [
        { value: 'card', label: 'Company card' },
        { value: 'own', label: 'My own money' },
      ],
    },
    { type: 'Textarea', name: 'note', placeholder: 'Anything else?', rows: 2, autoResize: true },
    { type: 'Checkbox', name: 'receipt', label: 'I have the receipt', defaultChecked: true },
  ],
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun']
const numbers = [
  [320, 180, 12],
  [410, 210, 18],
  [380, 260, 15],
  [520, 240, 22],
  [610, 300, 27],
  [580, 340, 31],
]
const rows = months.map((month, index) => {
  const [sails = 0, rents = 0, guests = 0] = numbers[index] ?? []
  return { month, sails, rents, guests }
})

const chart = (series: readonly unknown[], more: Record<string, unknown> = {}) => ({
  type: 'Chart',
  data: rows,
  series,
  xAxis: 'month',
  showYAxis: true,
  height: 200,
  ...more,
})

const cell = (value: string, more: Record<string, unknown> = {}) => ({
  type: 'Table.Cell',
  children: [{ type: 'Text', value, size: 'sm' }],
  ...more,
})

export const dashboard: GalleryWidget = {
  type: 'Card',
  size: 'full',
  children: [
    { type: 'Title', value: 'The first half of the year' },
    chart([
      { type: 'bar', dataKey: 'sails', label: 'Sails' },
      { type: 'bar', dataKey: 'rents', label: 'Rents' },
    ]),
    {
      type: 'Row',
      gap: 4,
      align: 'start',
      wrap: 'wrap',
      children: [
        {
          type: 'Box',
          flex: 1,
          minWidth: 220,
          children: [
            chart([{ type: 'area', dataKey: 'sails', label: 'Income', color: 'green' }], {
              height: 140,
            }),
          ],
        },
        {
          type: 'Box',
          flex: 1,
          minWidth: 220,
          children: [
            chart([{ type: 'line', dataKey: 'guests', label: 'Guests', color: 'purple-600' }], {
              height: 140,
            }),
          ],
        },
      ],
    },
    { type: 'Divider', flush: true },
    {
      type: 'Table',
      children: [
        {
          type: 'Table.Row',
          header: true,
          children: [cell('Month'), cell('Sails', { align: 'end' }), cell('State')],
        },
        ...rows.slice(0, 3).map(({ month, sails }) => ({
          type: 'Table.Row',
          children: [
            cell(month),
            cell(`${sails} €`, { align: 'end' }),
            {
              type: 'Table.Cell',
              children: [{ type: 'Badge', label: 'Closed', color: 'success', size: 'sm' }],
            },
          ],
        })),
      ],
    },
  ],
}

export const boatList: GalleryWidget = {
  type: 'ListView',
  limit: 2,
  status: { text: 'Boats in the harbour', icon: 'lucide:ship' },
  children: ['Marit', 'Solveig', 'Tern'].map((name) => ({
    type: 'ListViewItem',
    key: name,
    gap: 3,
    onClickAction: { type: 'boat.choose', payload: { name }, streaming: false },
    children: [
      { type: 'Icon', name: 'vendor:boat', size: 'lg', color: 'info' },
      {
        type: 'Col',
        children: [
          { type: 'Text', value: name, weight: 'semibold', size: 'sm' },
          { type: 'Caption', value: 'Eight metres, wooden' },
        ],
      },
    ],
  })),
}

/** What the three above have not: rare components and rare ways to use the others. */
export const oddments: GalleryWidget = {
  type: 'Basic',
  theme: 'dark',
  children: [
    {
      type: 'Card',
      collapsed: true,
      status: { text: 'Done' },
      children: [{ type: 'Text', value: 'Hidden until unfolded' }],
    },
    {
      type: 'Form',
      gap: 2,
      onSubmitAction: { type: 'name.change' },
      children: [
        { type: 'Text', value: 'Old name', editable: { name: 'boat.name', required: true } },
        { type: 'Button', label: 'Rename', submit: true },
      ],
    },
    {
      type: 'Transition',
      children: { type: 'Markdown', key: 'm', value: 'Some **bold** words' },
    },
    { type: 'Hologram', children: [{ type: 'Text', value: 'Inside something unknown' }] },
    { type: 'Flux' },
    { type: 'Image', src: 'https://pictures.example.com/a.png', alt: 'A far picture' },
    { type: 'Image', src: 'https://elsewhere.example.org/b.png', alt: 'A forbidden picture' },
    { type: 'Chart', data: 'none', series: [] },
    {
      type: 'Button',
      label: 'Unknown here',
      onClickAction: { type: 'fly', handler: 'client' },
    },
  ],
}
