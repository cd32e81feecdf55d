/**
 * Whether a host name is of the domain that is kept for examples, where nothing can be deployed.
 */
export function isExample(hostName: string): boolean {
  return hostName === 'example.com' || hostName.endsWith('.example.com')
}
