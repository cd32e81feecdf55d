/** So much of a file's beginning tells what it is: a PDF need not begin with its first byte. */
export const SIGNATURE_BYTES = 1_024

/**
 * The media type that the beginning of a file shows: one of the images that models and browsers
 * read, or PDF. Undefined for everything else, whatever the file is called.
 */
export function typeShownBy(beginning: Uint8Array): string | undefined {
  const text = Buffer.from(beginning.subarray(0, SIGNATURE_BYTES)).toString('latin1')
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^GIF8[79]a/.test(text)) return 'image/gif'
  // The length stands between the two.
  if (/^RIFF[^]{4}WEBP/.test(text)) return 'image/webp'
  return text.includes('%PDF-') ? 'application/pdf' : undefined
}
