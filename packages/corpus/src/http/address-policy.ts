import { BlockList, isIP } from 'node:net'

/**
 * Which addresses may be connected to. `public` refuses loopback, private, link-local (cloud metadata), multicast and
 * reserved ones: for jobs whose URLs were written by somebody else. A function decides for itself.
 */
export type AddressPolicy = 'any' | 'public' | ((address: string, host: string) => boolean)

const notPublic4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]

/** The last three hold IPv4 addresses (mapped is looked up as IPv4; NAT64, 6to4 and Teredo could reach private ones). */
const notPublic6 = [
  '::/96',
  '100::/64',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  '64:ff9b::/32',
  '2002::/16',
  '2001::/23',
]

const blocked = new BlockList()
for (const [networks, family] of [
  [notPublic4, 'ipv4'],
  [notPublic6, 'ipv6'],
] as const) {
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    blocked.addSubnet(address, Number(bits), family)
  }
}

/** Whether an IP address is one of the public internet (IANA special-purpose registries). */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '')
  const family = isIP(plain)
  if (family === 0) return false
  return !blocked.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

/** The policy as a function. */
export function compileAddressPolicy(policy: AddressPolicy): (address: string, host: string) => boolean {
  if (policy === 'any') return () => true
  if (policy === 'public') return isPublicAddress
  return policy
}
