/** The block lists of a source. A client on one is refused before the body is read. */
import type { Alert } from '../../event/decision.ts'
import { type Network, contains, parseAddress, parseNetwork } from '../../platform/network.ts'
import type { ClientFacts } from '../../providers/shared/presented-credentials.ts'
import type { SourceConfig } from '../../registry/sources/document.ts'
import type { Source } from '../../registry/sources/source.ts'

export const isBlocked = (client: ClientFacts, source: Source): boolean =>
  blockedBy(client, source.config).length > 0

/** The lists that the client is on, as alert codes. A value that the edge does not know is on no list. */
export function blockedBy({ address, country, asn }: ClientFacts, config: SourceConfig): readonly Alert[] {
  const { blockedIps, blockedCountries, blockedAsns } = config
  const alerts: Alert[] = []
  if (blockedIps !== undefined && isIn(address, networksOf(blockedIps))) alerts.push('source_ip_blocked')
  if (country !== null && blockedCountries?.includes(country) === true) alerts.push('country_blocked')
  if (asn !== null && blockedAsns?.includes(asn) === true) alerts.push('asn_blocked')
  return alerts
}

/** Whether an address is in one of the networks. An unknown address is in none. */
export function isIn(address: string | null, networks: readonly Network[]): boolean {
  const parsed = parseAddress(address ?? '')
  return parsed !== undefined && networks.some((network) => contains(network, parsed))
}

const parsed = new WeakMap<readonly string[], readonly Network[]>()

/**
 * Parses a list of networks, once while the configuration that holds it is cached. The registry refuses an invalid network when a
 * source is saved; here it would match nothing.
 */
export function networksOf(texts: readonly string[]): readonly Network[] {
  const known = parsed.get(texts)
  if (known !== undefined) return known
  const networks = texts.map(parseNetwork).filter((network) => network !== undefined)
  parsed.set(texts, networks)
  return networks
}
