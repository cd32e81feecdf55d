/** Images that browsers show and that cannot carry a script; SVG can. */
const SAFE_IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/** Whether it is shown as an image. Everything else is a file, which can only be downloaded. */
export function isImage(mimeType: string): boolean {
  return SAFE_IMAGES.has(essenceOf(mimeType))
}

/** A media type without its parameters, such as `text/plain`. */
export function essenceOf(mimeType: string): string {
  return (mimeType.split(';', 1)[0] ?? '').trim().toLowerCase()
}
