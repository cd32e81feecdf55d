import { createContext } from 'preact'

/** Hosts that pictures of the conversation may be on; undefined when the server names none. */
export const ImageDomains = createContext<readonly string[] | undefined>(undefined)

/** Whether a picture may be on this host: one that is named, or below it. */
export function isAllowedHost(host: string, domains: readonly string[] | undefined): boolean {
  return domains?.some((domain) => host === domain || host.endsWith(`.${domain}`)) ?? true
}
