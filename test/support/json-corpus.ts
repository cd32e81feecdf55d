/**
 * A JSON text, whether RFC 8259 allows it, and by which rule. It stands where a value is expected.
 */
export interface JsonCase {
  readonly rule: string
  readonly text: string | Buffer
  readonly isValid: boolean
}

// Each list is written from the grammar of RFC 8259, and judged by it: no parser was asked.

const WHITE_SPACE = [' ', '\t', '\n', '\r']
const NO_WHITE_SPACE = [
  '\v',
  '\f',
  '\b',
  '\0',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u2028',
  '\u3000',
  '\ufeff',
]
const SPACED: readonly ((space: string) => string)[] = [
  (space) => `${space}1`,
  (space) => `1${space}`,
  (space) => `[${space}]`,
  (space) => `[${space}1]`,
  (space) => `[1${space},2]`,
  (space) => `[1,${space}2]`,
  (space) => `{${space}}`,
  (space) => `{"a"${space}:1}`,
  (space) => `{"a":${space}1}`,
  (space) => `{"a":1${space}}`,
]

const SIGNS = ['', '-']
const INTEGERS = ['0', '7', '90', '12345678901234567890']
const FRACTIONS = ['', '.0', '.25']
const EXPONENTS = ['', 'e0', 'E1', 'e+400', 'E-09']
const NO_NUMBERS = [
  ...listed(
    String.raw`+1 ¦ 01 ¦ -01 ¦ 00 ¦ 1. ¦ .5 ¦ -.5 ¦ - ¦ --1 ¦ +-1 ¦ 1e ¦ 1e+ ¦ 1E- ¦ 1.e1 ¦ 1.5.5 ¦ 1e1.5`,
  ),
  ...listed(
    String.raw`1e1e1 ¦ 0x10 ¦ 0b1 ¦ 0o7 ¦ 1_000 ¦ 1n ¦ 1f ¦ 1a ¦ 1 2 ¦ - 1 ¦ 1e 1 ¦ 1 .5 ¦ ٣ ¦ １ ¦ ½ ¦ ∞`,
  ),
  ...listed(String.raw`-∞ ¦ NaN ¦ -NaN ¦ Infinity ¦ -Infinity ¦ 0.1. ¦ 1..2`),
]
const NO_LITERALS = [
  ...listed(
    String.raw`True ¦ TRUE ¦ tru ¦ truee ¦ False ¦ fals ¦ Null ¦ NULL ¦ nul ¦ nulll ¦ nil ¦ None`,
  ),
  ...listed(
    String.raw`undefined ¦ t ¦ n ¦ yes ¦ true false ¦ nullnull ¦ a ¦ @ ¦ = ¦ ; ¦ () ¦ <a/>`,
  ),
]

const ESCAPES = [
  ...listed(
    String.raw`\" ¦ \/ ¦ \b ¦ \f ¦ \n ¦ \r ¦ \t ¦ \u0041 ¦ \u00e9 ¦ \uABCD ¦ \uabcd ¦ \u0000`,
  ),
  ...listed(String.raw`\ud83d\ude00 ¦ \uDBFF\uDFFF`),
  '\\\\',
]
const NO_ESCAPES = [
  ...listed(
    String.raw`\a ¦ \v ¦ \0 ¦ \x41 ¦ \' ¦ \U0041 ¦ \u ¦ \u1 ¦ \u12 ¦ \u123 ¦ \u12g4 ¦ \u{41} ¦ \u 041`,
  ),
  ...listed(String.raw`\u+041 ¦ \é ¦ \😀`),
  '\\ ',
  '\\\n',
  '\\',
  '\\\\\\',
]
const RAW = [
  '\u007f',
  '\u0080',
  '\u2028',
  '\u2029',
  '\ufdd0',
  '\uffff',
  '\u{10ffff}',
  'é',
  '😀',
  "'",
  '`',
  '//',
  '/* */',
  '#',
]
const NO_STRINGS = [
  ...listed(
    String.raw`" ¦ "a ¦ a" ¦ 'a' ¦ “a” ¦ "a" "b" ¦ "a"b ¦ "a""b" ¦ "a"+"b" ¦ u"a" ¦ r"a" ¦ """a"""`,
  ),
  '`a`',
]

const LISTS = [
  ...listed(
    String.raw`[] ¦ [[]] ¦ [1] ¦ [1,2] ¦ [[],[[]]] ¦ [null,true,{},"",0] ¦ ["]"] ¦ ["[", ","]`,
  ),
]
const NO_LISTS = [
  ...listed(
    String.raw`[ ¦ ] ¦ [1 ¦ 1] ¦ [1, ¦ [, ¦ [,] ¦ [1,] ¦ [,1] ¦ [1,,2] ¦ [1 2] ¦ [1;2] ¦ [1:2] ¦ ["a":1]`,
  ),
  ...listed(String.raw`[1} ¦ {1] ¦ []] ¦ [[] ¦ [...[]] ¦ (1) ¦ <1> ¦ [1,2 ¦ [1,[2] ¦ [/**/]`),
  '[1,// a\n2]',
  '[1,#\n2]',
]

const OBJECTS = [
  ...listed(
    String.raw`{} ¦ {"":1} ¦ {"a":1} ¦ {"a":1,"b":2} ¦ {"a":1,"a":2} ¦ {"a":{"a":{}}} ¦ {"__proto__":1}`,
  ),
  ...listed(
    String.raw`{"__proto__":{"a":1},"__proto__":2} ¦ {"\u0061":1,"a":2} ¦ {"}":"{"} ¦ {":":","}`,
  ),
  ...listed(String.raw`{"\ud83d\ude00":1} ¦ {"constructor":{"prototype":{}}} ¦ {"0":1,"1":2}`),
]
const NO_OBJECTS = [
  ...listed(
    String.raw`{ ¦ } ¦ {"a" ¦ {"a": ¦ {"a":1 ¦ "a":1 ¦ {"a"} ¦ {"a":} ¦ {:1} ¦ {,} ¦ {"a":1,} ¦ {,"a":1}`,
  ),
  ...listed(
    String.raw`{"a":1,,"b":2} ¦ {"a" 1} ¦ {"a"::1} ¦ {"a":1 "b":2} ¦ {"a":1;"b":2} ¦ {"a"=1} ¦ {"a"=>1}`,
  ),
  ...listed(
    String.raw`{"a",1} ¦ {a:1} ¦ {'a':1} ¦ {1:1} ¦ {null:1} ¦ {true:1} ¦ {[]:1} ¦ {{}:1} ¦ {"a":1}}`,
  ),
  ...listed(
    String.raw`{"a":1] ¦ {"a":1/**/} ¦ {/**/} ¦ {"a":1:2} ¦ {...{}} ¦ {"a":"b" "c"} ¦ {"a"+"b":1}`,
  ),
  '{`a`:1}',
  '{//\n}',
]

const UTF_8 = [
  ...listed(
    String.raw`c280 ¦ dfbf ¦ e0a080 ¦ ed9fbf ¦ ee8080 ¦ efbfbd ¦ efbfbf ¦ f0908080 ¦ f48fbfbf`,
  ),
]
const NO_UTF_8 = [
  ...listed(
    String.raw`80 ¦ bf ¦ c080 ¦ c1bf ¦ e08080 ¦ e09fbf ¦ f0808080 ¦ f08fbfbf ¦ c3 ¦ c328 ¦ e282 ¦ e28228`,
  ),
  ...listed(
    String.raw`f09f98 ¦ f0289f98 ¦ eda080 ¦ edbfbf ¦ eda0bdedb880 ¦ f4908080 ¦ f5808080 ¦ f8888080`,
  ),
  ...listed(String.raw`fc8480808080 ¦ fe ¦ ff ¦ fffe ¦ feff ¦ e9 ¦ a4`),
]

/** What every proper beginning of is no JSON. */
const WHOLE = '{"a":[1.5e+3,{"b":"c\\u0041\\n"},true,false,null,[]],"d":{"e":-0}}'

export const jsonCorpus: readonly JsonCase[] = [
  ...SPACED.flatMap((place) => [
    ...cases('white space', WHITE_SPACE.map(place), true),
    ...cases('what is not white space', NO_WHITE_SPACE.map(place), false),
  ]),
  ...cases('literals', ['true', 'false', 'null'], true),
  ...cases('no literals', NO_LITERALS, false),
  ...cases('numbers', numbers(), true),
  ...cases('no numbers', NO_NUMBERS, false),
  ...cases('strings', ['""', ...[...ESCAPES, ...RAW].map(inQuotes)], true),
  ...cases(
    'names of properties',
    [...ESCAPES, ...RAW].map((text) => `{${inQuotes(text)}:1}`),
    true,
  ),
  ...cases('no escapes', NO_ESCAPES.map(inQuotes), false),
  ...cases('no strings', NO_STRINGS, false),
  ...cases('control characters in strings', controls().map(inQuotes), false),
  ...cases(
    'control characters in names',
    controls().map((text) => `{${inQuotes(text)}:1}`),
    false,
  ),
  ...cases('lists', LISTS, true),
  ...cases('no lists', NO_LISTS, false),
  ...cases('objects', OBJECTS, true),
  ...cases('no objects', NO_OBJECTS, false),
  ...cases('UTF-8', UTF_8.map(bytesInQuotes), true),
  ...cases('no UTF-8', NO_UTF_8.map(bytesInQuotes), false),
  ...cases(
    'beginnings',
    Array.from(WHOLE, (_character, end) => WHOLE.slice(0, end)),
    false,
  ),
  ...cases('a whole', [WHOLE], true),
]

/** What stands between the bars. */
function listed(text: string): string[] {
  return text.split(' ¦ ')
}

function cases(rule: string, texts: readonly (string | Buffer)[], isValid: boolean): JsonCase[] {
  return texts.map((text) => ({ rule, text, isValid }))
}

function numbers(): string[] {
  return SIGNS.flatMap((sign) =>
    INTEGERS.flatMap((integer) =>
      FRACTIONS.flatMap((fraction) =>
        EXPONENTS.map((exponent) => `${sign}${integer}${fraction}${exponent}`),
      ),
    ),
  )
}

function controls(): string[] {
  return Array.from({ length: 0x20 }, (_none, code) => String.fromCharCode(code))
}

function inQuotes(text: string): string {
  return `"${text}"`
}

function bytesInQuotes(hex: string): Buffer {
  return Buffer.concat([Buffer.from('"'), Buffer.from(hex, 'hex'), Buffer.from('"')])
}
