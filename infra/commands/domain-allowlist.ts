import type { Environment } from '../read-config.ts'

/** Where a person registers the pages; no API does it. */
export const ALLOWLIST_PAGE =
  'https://platform.openai.com/settings/organization/security/domain-allowlist'

export interface Page {
  readonly origin: string
  /** What is entered: the host alone. Undefined for a local page, which OpenAI does not check. */
  readonly domain: string | undefined
}

/** Each origin with the domain to register for it; a domain with several ports is named once. */
export function pagesOf(origins: readonly string[]): Page[] {
  const domains = new Set<string>()
  return origins.flatMap((origin): Page[] => {
    const { hostname } = new URL(origin)
    if (hostname === 'localhost') return [{ origin, domain: undefined }]
    if (domains.has(hostname)) return []
    domains.add(hostname)
    return [{ origin, domain: hostname }]
  })
}

/** The domains to register: none for pages that are all local. */
export function domainsOf(origins: readonly string[]): string[] {
  return pagesOf(origins).flatMap(({ domain }) => (domain === undefined ? [] : [domain]))
}

/** What to do, in the order in which it is done, as text for a terminal. */
export function allowlistSteps({ environment, hostName, origins }: Environment): string {
  const pages = pagesOf(origins)
  const remote = domainsOf(origins)
  if (remote.length === 0) {
    return `Nothing to register for ${environment}: all its pages are local, and OpenAI does not check those.`
  }
  const local = pages.length > remote.length
  return [
    `Pages that embed ChatKit in ${environment} must be registered with OpenAI by a person:`,
    '',
    `1. Open ${ALLOWLIST_PAGE}`,
    '   in the organisation that the OpenAI key of this environment belongs to.',
    '2. Add each of these, exactly so, without https:// and without a port:',
    ...remote.map((domain) => `     ${domain}`),
    `   They are the hosts of the pages. ${hostName}, where the service answers, is not one of them`,
    '   unless it serves a page too.',
    ...(local ? ['   Pages on localhost are not checked and are not registered.'] : []),
    '3. Copy the key that the page shows for the domain, domain_pk_…, into the frontend:',
    `     api: { url: 'https://${hostName}/chatkit', domainKey: 'domain_pk_…' }`,
    '   It is public, like the page itself. Each domain has its own.',
    '4. Load the page anew. It worked if the chat appears and is still there after a few seconds, and',
    "   the request with domain_keys in its name, in the browser's developer tools, has status 200. A new",
    '   domain may take some minutes.',
    '',
    'A blank place, or a chat that vanishes after a second, means that OpenAI has refused the page: the',
    'domain is not registered, differs in a label (www.), or has the key of another domain or',
    'organisation. The service sees nothing of it, so its log says nothing. "Invalid frame params" in the',
    'console means that domainKey is missing. The long form: infra/RUNBOOK.md, "Domain allowlist".',
  ].join('\n')
}
