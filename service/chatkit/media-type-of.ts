import { essenceOf } from '../protocol/media-types.ts'

// Endings by the type that such files have here. Source code is plain text to everybody but
// compilers, and has no types that systems agree on.
const ENDINGS = {
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/xml': 'xml',
  'application/yaml': 'yaml yml',
  'image/gif': 'gif',
  'image/jpeg': 'jpeg jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'text/css': 'css',
  'text/csv': 'csv',
  'text/html': 'htm html',
  'text/javascript': 'cjs js mjs',
  'text/markdown': 'markdown md mdx',
  'text/plain':
    'bash bat c cc cfg conf cpp cs cts dart diff dockerfile env ex go gradle graphql h hpp ini ' +
    'java jsonl jsx kt less log lua makefile mts ndjson patch php pl properties proto ps1 py r rb rs rst scala ' +
    'scss sh sql svelte swift tex text tf toml ts tsx txt vue zsh',
  'text/tab-separated-values': 'tsv',
} as const

const TYPES = new Map(
  Object.entries(ENDINGS).flatMap(([type, endings]) =>
    endings.split(' ').map((ending) => [ending, type] as const),
  ),
)

/** What browsers say of a file when they know nothing of it. */
const SAYS_NOTHING = new Set(['', 'application/octet-stream'])

// What systems say of texts: of TypeScript that it is video, of CSV that it is a spreadsheet.
const MISLEADING = new Set([
  'application/ecmascript',
  'application/javascript',
  'application/sql',
  'application/toml',
  'application/typescript',
  'application/vnd.ms-excel',
  'application/x-httpd-php',
  'application/x-javascript',
  'application/x-ndjson',
  'application/x-perl',
  'application/x-php',
  'application/x-python',
  'application/x-ruby',
  'application/x-sh',
  'application/x-shellscript',
  'application/x-sql',
  'application/x-yaml',
  'video/mp2t',
])

interface TypedFile {
  readonly name: string
  readonly mimeType: string
}

/**
 * The media type of a file: the one that the browser has given it, or else what the ending of its
 * name stands for. Browsers have none for many files, and a wrong one for some; a wrong one stands
 * where it `isAllowed` as it is.
 */
export function mediaTypeOf(
  { name, mimeType }: TypedFile,
  isAllowed: (mimeType: string) => boolean,
): string {
  const essence = essenceOf(mimeType)
  const isDoubtful = SAYS_NOTHING.has(essence) || (MISLEADING.has(essence) && !isAllowed(mimeType))
  const byName = TYPES.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase())
  const given = mimeType.trim() || 'application/octet-stream'
  return isDoubtful ? (byName ?? given) : given
}
