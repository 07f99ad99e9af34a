/**
 * Which URLs of an operator the gateway may call. They are checked when they are saved and again before each request. A name may still
 * resolve to a private address: Workers cannot reach one, and no resolver is available to check.
 */
import { type Network, contains, parseAddress, parseNetwork } from './network.ts'

/** A server on the developer's machine. All others need TLS. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Networks that are not on the public internet (IANA special-purpose registries), including cloud metadata addresses. */
const INNER_NETWORKS: readonly Network[] = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3', '::/96', '64:ff9b::/96', '2002::/16', 'fc00::/7', 'fe80::/10',
  'fec0::/10', 'ff00::/8',
].flatMap((text) => parseNetwork(text) ?? []) // prettier-ignore

/** Names of internal networks. */
const INNER_NAMES = /(?:^|\.)(?:internal|local|localhost|localdomain|lan|intranet|home\.arpa)$/

/** The problem in one sentence, or `undefined` if the URL may be called. It quotes nothing. */
export function outboundUrlProblem(text: string): string | undefined {
  if (text !== text.trim() || text.length > 2_048 || !URL.canParse(text))
    return 'Must be an absolute URL of at most 2,048 characters.'
  const { protocol, username, password, hostname, hash } = new URL(text)
  if (username !== '' || password !== '') return 'Must not hold a user name or a password.'
  if (hash !== '') return 'Must not hold a fragment.'
  if (LOOPBACK_HOSTS.has(hostname) && /^https?:$/.test(protocol)) return undefined
  if (protocol !== 'https:')
    return 'Must be an https URL; http is for a server on this machine only (localhost).'
  const host = hostname.replace(/\.$/, '')
  const address = parseAddress(host.replaceAll(/[[\]]/g, ''))
  if (address !== undefined)
    return INNER_NETWORKS.some((network) => contains(network, address)) ? INNER : undefined
  return INNER_NAMES.test(host) || !host.includes('.') ? INNER : undefined
}

const INNER = 'Must be on the public internet, not at a private, link-local or metadata address.'
