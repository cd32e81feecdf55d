import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether an address, or the name `localhost`, is this machine's own and nobody else's. */
export function isLoopback(address: string): boolean {
  if (address === 'localhost') return true
  const version = isIP(address)
  // An IPv4 address that comes in the form of IPv6 is known as well.
  return version !== 0 && loopback.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
