const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * An address of this server as this page reaches it. The machine has several names for itself, and
 * to a browser each is another origin; one of another server is returned as it is.
 */
export function ownAddress(address: string, page: URL = new URL(location.href)): string {
  if (!URL.canParse(address, page.href)) return address
  const url = new URL(address, page.href)
  const isHere = LOOPBACK.has(url.hostname) && LOOPBACK.has(page.hostname)
  return isHere && url.port === page.port ? page.origin + url.pathname + url.search : address
}
