const CIRCLE = 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18'
const PAGE = 'M6 3h8l4 4v14H6zM14 3v4h4'
const FRAME = 'M4 4h16v16H4z'
const STAR = 'M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z'

/** Strokes on a 24 × 24 grid, drawn for this page: those of its own buttons. */
const ownPaths = {
  send: 'M12 19V5M6 11l6-6 6 6',
  stop: 'M7.5 7.5h9v9h-9z',
  copy: 'M9 9h10v10H9zM15 9V5H5v10h4',
  'thumb-up':
    'M7 11v9H4v-9zM7 11l4-8c1.7 0 2.6 1.2 2.3 2.8L12.5 9H18c1.4 0 2.3 1.2 2 2.5l-1.5 6.7C18.2 19.3 17.3 20 16.2 20H7',
  'thumb-down':
    'M17 13V4h3v9zM17 13l-4 8c-1.7 0-2.6-1.2-2.3-2.8l.8-3.2H6c-1.4 0-2.3-1.2-2-2.5l1.5-6.7C5.8 4.7 6.7 4 7.8 4H17',
  pencil: 'M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6L6 18',
  light:
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5',
  dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  system: 'M3 5h18v11H3zM9 20h6M12 16v4',
  'chevron-down': 'M6 9l6 6 6-6',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  paperclip:
    'M19.5 11.5L12 19a4.6 4.6 0 0 1-6.5-6.5l8-8a3 3 0 0 1 4.3 4.3l-7.8 7.8a1.5 1.5 0 0 1-2.2-2.2L15 7.3',
  microphone: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4',
} as const

/** Those that the protocol names. */
const protocolPaths = {
  agent: 'M5 9h14v10H5zM12 9V5M9.5 13v2M14.5 13v2M2.5 13v3M21.5 13v3',
  analytics: 'M4 4v16h16M8 15.5l3.5-4.5 3 2.5L20 7',
  atom: 'M4 12c0-2 3.6-3.6 8-3.6s8 1.6 8 3.6-3.6 3.6-8 3.6S4 14 4 12zM12 4c2 0 3.6 3.6 3.6 8s-1.6 8-3.6 8-3.6-3.6-3.6-8S10 4 12 4zM12 12v.01',
  batch: 'M12 4l8 4-8 4-8-4zM4 12l8 4 8-4M4 16l8 4 8-4',
  bolt: 'M13 3L5 14h6l-1 7 8-11h-6z',
  'book-open': 'M12 7c-2-1.5-5-2-8-2v13c3 0 6 .5 8 2 2-1.5 5-2 8-2V5c-3 0-6 .5-8 2zM12 7v13',
  'book-closed': 'M18 20H7.5A1.5 1.5 0 0 1 6 18.5V4h12v16M6 18.5A1.5 1.5 0 0 1 7.5 17H18',
  'book-clock':
    'M11 20H6.5A1.5 1.5 0 0 1 5 18.5V4h12v6M5 18.5A1.5 1.5 0 0 1 6.5 17H10M17 13a4 4 0 1 0 0 8 4 4 0 0 0 0-8M17 15v2l1.5 1',
  bug: 'M9 8a3 3 0 0 1 6 0M8 8h8v6a4 4 0 0 1-8 0zM4 7l4 3M20 7l-4 3M3.5 13H8M16 13h4.5M4.5 19l4-3M19.5 19l-4-3M12 8v10',
  calendar: 'M4 6h16v14H4zM4 10h16M8 3v5M16 3v5',
  chart: 'M4 20h16M7 20v-7M12 20V6M17 20v-10',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  'check-circle': `${CIRCLE}M8 12.3l2.7 2.7L16 9.5`,
  'check-circle-filled': `${CIRCLE}zM7.3 12.3l1.2-1.2 2.4 2.4 4.7-4.8 1.2 1.2-5.9 6z`,
  'chevron-left': 'M15 6l-6 6 6 6',
  'chevron-right': 'M9 6l6 6-6 6',
  'circle-question': `${CIRCLE}M9.5 9.5a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.7M12 16.5v.3`,
  clock: `${CIRCLE}M12 7v5l3.5 2`,
  compass: `${CIRCLE}M15.5 8.5l-2 5-5 2 2-5z`,
  confetti: 'M4 20l4.5-12L16 15.5zM14 4v2.5M19 10.5h2M17 6.5l2-2M14 10l2-2M18.5 14.5l1.5 1',
  cube: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9',
  desktop: 'M3 5h18v11H3zM9 20h6M12 16v4',
  document: `${PAGE}M9 12h6M9 16h6`,
  dot: 'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  'dots-horizontal': 'M5.5 12h.6M11.7 12h.6M17.9 12h.6',
  'dots-vertical': 'M12 5.5v.6M12 11.7v.6M12 17.9v.6',
  'empty-circle': CIRCLE,
  'external-link': 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  globe: `${CIRCLE}M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18`,
  images: 'M8 4h12v12H8zM4 8v12h12M8 13.5l3.5-3.5 6 6M15 11.5l1.5-1.5 3.5 3.5',
  info: `${CIRCLE}M12 11v5M12 7.5v.5`,
  keys: 'M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8M11 12.5L19.5 4M16 7.5l3 3M13.5 10l2 2',
  lab: 'M9 3h6M10 3v6l-5.5 9.5A1.7 1.7 0 0 0 6 21h12a1.7 1.7 0 0 0 1.5-2.5L14 9V3M7.5 15h9',
  lifesaver: `${CIRCLE}M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M5.6 5.6l3.6 3.6M14.8 14.8l3.6 3.6M18.4 5.6l-3.6 3.6M9.2 14.8l-3.6 3.6`,
  lightbulb: 'M9 17h6M10 20.5h4M9 17c0-2-3-3.5-3-7a6 6 0 0 1 12 0c0 3.5-3 5-3 7',
  mail: 'M3 6h18v12H3zM3 7l9 7 9-7',
  'map-pin':
    'M12 21c4-4.5 7-8 7-11a7 7 0 1 0-14 0c0 3 3 6.5 7 11M12 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5',
  maps: 'M3 6.5L9 4l6 2.5L21 4v13.5L15 20l-6-2.5L3 20zM9 4v13.5M15 6.5V20',
  mobile: 'M7 3h10v18H7zM11 18h2',
  name: 'M4 7h16v12H4zM10 4h4v3h-4zM8 12h8M10 15.5h4',
  notebook: 'M7 3h12v18H7zM4.5 7H9M4.5 12H9M4.5 17H9',
  'notebook-pencil': 'M17 14v7H6V3h9M3.5 7H8M3.5 12H8M3.5 17H8M11.5 14.5l1-3L19 5l2 2-6.5 6.5z',
  'page-blank': PAGE,
  phone:
    'M6.5 3.5l2.5.5 1.5 4-2 2c1 2.5 3 4.5 5.5 5.5l2-2 4 1.5.5 2.5c0 2-1.5 3-3 3C10.5 20 4 13.5 3.5 6.5c0-1.5 1-3 3-3z',
  play: 'M7 4.5l12 7.5-12 7.5z',
  plus: 'M12 5v14M5 12h14',
  profile: `${CIRCLE}M12 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6M6 18.5c1-2.5 3.3-3.5 6-3.5s5 1 6 3.5`,
  'profile-card':
    'M3 5h18v14H3zM8.5 9a2 2 0 1 0 0 4 2 2 0 0 0 0-4M5.5 16.5c.4-1.3 1.5-2 3-2s2.6.7 3 2M14.5 10H18M14.5 14H18',
  reload: 'M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5L21 21',
  'settings-slider':
    'M4 7h8M16 7h4M4 17h4M12 17h8M14 5a2 2 0 1 0 0 4 2 2 0 0 0 0-4M10 15a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  sparkle: 'M12 3l2 7 7 2-7 2-2 7-2-7-7-2 7-2z',
  'sparkle-double':
    'M10 5l1.7 5.3L17 12l-5.3 1.7L10 19l-1.7-5.3L3 12l5.3-1.7zM18.5 3v4M16.5 5h4M19 17v3M17.5 18.5h3',
  'square-code': `${FRAME}M9.5 9l-3 3 3 3M14.5 9l3 3-3 3`,
  'square-image': `${FRAME}M4 16l5-5 8.5 9M14 15l2-2 4 4M14.5 8.5v.01`,
  'square-text': `${FRAME}M8 9h8M8 12.5h8M8 16h5`,
  star: STAR,
  'star-filled': STAR,
  suitcase: 'M3 8h18v11H3zM9 8V5h6v3M3 13h18',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4 21c0-4 3.5-6.5 8-6.5s8 2.5 8 6.5',
  wreath:
    'M9 20C5.5 18.5 3.5 15 4 11c.3-3 1.5-5 3.5-6.5M15 20c3.5-1.5 5.5-5 5-9-.3-3-1.5-5-3.5-6.5M4 11l3 1M5.5 16l2.5-1M20 11l-3 1M18.5 16L16 15M10.5 20h3',
  write: 'M4 20l1-4L16.5 4.5l3 3L8 19z',
  'write-alt': 'M19 13v7H5V6h7M10 14l1-3.5L18.5 3 21 5.5 13.5 13z',
  'write-alt2': 'M4 20h16M6 16l1-4 8.5-8.5 3 3L10 15z',
  /** For a name of another set, of which this page has no drawing. */
  neutral: 'M12 7.5l4.5 4.5-4.5 4.5L7.5 12z',
} as const

export const iconPaths = { ...ownPaths, ...protocolPaths }
export type IconName = keyof typeof iconPaths

export const filledIcons: ReadonlySet<IconName> = new Set([
  'check-circle-filled',
  'dot',
  'star-filled',
])
