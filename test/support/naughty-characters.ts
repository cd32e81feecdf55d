/** Characters that have broken programs, by what they are, in texts. */
export const naughtyCharacters: Readonly<Record<string, readonly string[]>> = {
  'control characters': codePoints([0x01, 0x1f], [0x7f, 0x9f]).map(between),
  'texts with NUL': [
    '\0',
    'a\0',
    '\0a',
    'a\0b\0c',
    '\0'.repeat(100),
    'a\0\u0301',
    '\\u0000',
    '\\0',
  ],
  'directions of writing': codePoints(
    [0x200e, 0x200f],
    [0x202a, 0x202e],
    [0x2066, 0x2069],
    [0x061c, 0x061c],
  ).map((mark) => `a${mark}txt.exe`),
  'invisible characters': [
    ...codePoints([0x200b, 0x200d], [0x2060, 0x2064], [0xfe00, 0xfe0f]),
    ...[
      '\u00ad',
      '\u034f',
      '\u115f',
      '\u1160',
      '\u180e',
      '\u3164',
      '\uffa0',
      '\ufeff',
      '\u{e0001}',
    ],
    ...['\u{e0041}\u{e0042}\u{e007f}', '\u{1d173}', '\ufff9\ufffa\ufffb', '\ufffc'],
  ].map(between),
  'kinds of space': [
    ...codePoints([0x2000, 0x200a]),
    ...[
      '\u00a0',
      '\u1680',
      '\u2028',
      '\u2029',
      '\u202f',
      '\u205f',
      '\u3000',
      '\t',
      '\n',
      '\r',
      '\r\n',
      '\n\r',
    ],
  ].flatMap((space) => [space, between(space)]),
  'what is no character': codePoints(
    [0xfdd0, 0xfdd3],
    [0xfffe, 0xffff],
    [0x1fffe, 0x1ffff],
    [0x10fffe, 0x10ffff],
    [0xfffd, 0xfffd],
  ).map(between),
  'private characters': ['\ue000', '\uf8ff', '\u{f0000}', '\u{10fffd}'].map(between),
  'floods of combining marks': [
    `a${'\u0301'.repeat(1_000)}`,
    `${'\u0489'.repeat(500)}b`,
    'Z\u0351\u036b\u0343A\u0325\u0329L\u0306\u034cG\u0328\u0321O',
    '\u0e33'.repeat(300),
    '\u0b95\u0bcd\u0bb7\u0bcd'.repeat(100),
    '\u1100\u1161\u11a8'.repeat(100),
    '\u0344\u0f71\u0f72',
  ],
  'forms of one character': [
    'é',
    'e\u0301',
    'Å',
    'Å',
    'A\u030a',
    'ﬁ',
    'ſ',
    'K',
    'Ⅻ',
    '①',
    'ｱ',
    'ﾊﾞ',
    '각',
    '\u1100\u1161\u11a8',
    'ş',
    'ș',
  ],
  'letters that change their length': [
    'İ',
    'ı',
    'ß',
    'ẞ',
    'ŉ',
    'ǰ',
    'ﬃ',
    'Ὰͅ',
    'ΌΣΟΣ',
    'ὈΔΥΣΣΕΎΣ',
    'Ⱥ',
    'ⱥ',
  ],
  emoji: [
    ...['😀', '👩‍👩‍👧‍👦', '👩🏽‍🚀', '🏳️‍🌈', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🇨🇭', '🇨', '🇨🇭🇩', '1️⃣', '#⃣', '☠︎', '☠️'],
    ...['👍🏿'.repeat(500), '\u200d', '👩\u200d', '\u200d👩', '🏿', '\ufe0f', '🫠🫥🪿'],
  ],
}

function between(text: string): string {
  return `a${text}b`
}

function codePoints(...ranges: readonly (readonly [first: number, last: number])[]): string[] {
  return ranges.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_none, index) => String.fromCodePoint(first + index)),
  )
}
