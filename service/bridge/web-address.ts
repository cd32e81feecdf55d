/**
 * The address of a page, as a client may make a link of it; undefined for everything else, such as
 * `javascript:`, which would run in the page of the user.
 */
export function webAddress(text: string | null | undefined): URL | undefined {
  const url = URL.parse(text ?? '')
  return url && /^https?:$/.test(url.protocol) ? url : undefined
}
