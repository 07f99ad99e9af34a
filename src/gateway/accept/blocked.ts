/** The block lists of a source: whoever is on one leaves before the body is read. */
import type { Alert } from '../../event/decision.ts'
import { type Network, contains, parseAddress, parseNetwork } from '../../platform/network.ts'
import type { ClientFacts } from '../../providers/presented-credentials.ts'
import type { SourceConfig } from '../../registry/sources/document.ts'
import type { Source } from '../../registry/sources/source.ts'

export const isBlocked = (client: ClientFacts, source: Source): boolean =>
  blockedBy(client, source.config).length > 0

/** Which lists the client is on, as alert codes. What the edge could not tell is on none. */
export function blockedBy({ address, country, asn }: ClientFacts, config: SourceConfig): readonly Alert[] {
  const { blockedIps, blockedCountries, blockedAsns } = config
  const alerts: Alert[] = []
  if (blockedIps !== undefined && isIn(address, networksOf(blockedIps))) alerts.push('source_ip_blocked')
  if (country !== null && blockedCountries?.includes(country) === true) alerts.push('country_blocked')
  if (asn !== null && blockedAsns?.includes(asn) === true) alerts.push('asn_blocked')
  return alerts
}

/** Whether an address is in one of the networks; an unknown one is in none. */
export function isIn(address: string | null, networks: readonly Network[]): boolean {
  const parsed = parseAddress(address ?? '')
  return parsed !== undefined && networks.some((network) => contains(network, parsed))
}

const parsed = new WeakMap<readonly string[], readonly Network[]>()

/**
 * A list of networks, parsed once for as long as the configuration that holds it is cached. The registry refuses what does
 * not parse when a source is saved; here it would match nothing.
 */
export function networksOf(texts: readonly string[]): readonly Network[] {
  const known = parsed.get(texts)
  if (known !== undefined) return known
  const networks = texts.map(parseNetwork).filter((network) => network !== undefined)
  parsed.set(texts, networks)
  return networks
}
