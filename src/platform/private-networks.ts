/**
 * Networks in which no public server is: those of IANA's special-purpose registries (RFC 6890) that are not globally reachable, and those whose
 * addresses carry an IPv4 address. https://www.iana.org/assignments/iana-ipv4-special-registry/ and
 * https://www.iana.org/assignments/iana-ipv6-special-registry/
 */
import { type Address, contains, parseNetwork } from './network.ts'

/** Each network with what it is for. An address mapped into IPv6 (`::ffff:0:0/96`) is judged as the IPv4 address, see `network.ts`. */
export const PRIVATE_NETWORKS: Readonly<Record<string, string>> = {
  '0.0.0.0/8': 'this network (RFC 791)',
  '10.0.0.0/8': 'private (RFC 1918)',
  '100.64.0.0/10': 'shared by carriers, and metadata of some clouds (RFC 6598)',
  '127.0.0.0/8': 'loopback (RFC 1122)',
  '169.254.0.0/16': 'link-local, and metadata of most clouds (RFC 3927)',
  '172.16.0.0/12': 'private (RFC 1918)',
  '192.0.0.0/24': 'IETF protocols, and metadata of Oracle Cloud (RFC 6890)',
  '192.0.2.0/24': 'documentation (RFC 5737)',
  '192.88.99.0/24': '6to4 relays, deprecated (RFC 7526)',
  '192.168.0.0/16': 'private (RFC 1918)',
  '198.18.0.0/15': 'benchmarks (RFC 2544)',
  '198.51.100.0/24': 'documentation (RFC 5737)',
  '203.0.113.0/24': 'documentation (RFC 5737)',
  '224.0.0.0/4': 'multicast (RFC 1112)',
  '240.0.0.0/4': 'reserved, and broadcast (RFC 1112)',
  '::/96': 'unspecified, loopback, and IPv4-compatible, deprecated (RFC 4291)',
  '::ffff:0:0:0/96': 'IPv4-translated (RFC 2765)',
  '64:ff9b::/96': 'NAT64: it carries an IPv4 address, also a private one (RFC 6052)',
  '64:ff9b:1::/48': 'NAT64 of one site (RFC 8215)',
  '100::/64': 'discarded (RFC 6666)',
  '100:0:0:1::/64': 'dummy prefix (RFC 9780)',
  '2001::/23': 'IETF protocols; Teredo, which carries an IPv4 address (RFC 4380)',
  '2001:db8::/32': 'documentation (RFC 3849)',
  '2002::/16': '6to4: it carries an IPv4 address (RFC 3056)',
  '3fff::/20': 'documentation (RFC 9637)',
  '5f00::/16': 'segment routing (RFC 9602)',
  'fc00::/7': 'unique local, and metadata of AWS (RFC 4193)',
  'fe80::/10': 'link-local (RFC 4291)',
  'fec0::/10': 'site-local, deprecated (RFC 3879)',
  'ff00::/8': 'multicast (RFC 4291)',
}

const NETWORKS = Object.keys(PRIVATE_NETWORKS).flatMap((text) => parseNetwork(text) ?? [])

/** Whether no public server has this address. */
export const isPrivateAddress = (address: Address): boolean =>
  NETWORKS.some((network) => contains(network, address))
