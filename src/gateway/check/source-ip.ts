/** Check `source_ip`: the address, country and network operator that a delivery comes from. */
import { type Network, contains, parseAddress } from '../../platform/network.ts'
import type { ClientFacts } from '../../providers/evidence.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Source } from '../../registry/source.ts'
import type { Finding } from './level.ts'
import { listsOf, publishedNetworks } from './lists.ts'

/**
 * Passes when every list that the source sets lets the client through. What the edge could not tell is on no list: it
 * fails an allow list and passes a block list. Without `allowedIps` the provider's published networks are the list.
 */
export function sourceIp(client: ClientFacts, source: Source, provider: Provider): Finding {
  const lists = listsOf(source.config)
  const alerts = [
    ...notListed(client.address, lists.allowed ?? publishedNetworks(provider)),
    ...unless(lists.allowedCountries, client.country, 'country_not_listed'),
    ...unless(lists.allowedAsns, client.asn, 'asn_not_listed'),
    ...blockedBy(client, source),
  ]
  return { passed: alerts.length === 0, alerts }
}

/** Whether a client is on one of the source's block lists. Such a request is turned away before its body is read. */
export const isBlocked = (client: ClientFacts, source: Source): boolean =>
  blockedBy(client, source).length > 0

function blockedBy(client: ClientFacts, source: Source): string[] {
  const { blocked, blockedCountries, blockedAsns } = listsOf(source.config)
  return [
    ...(blocked.length > 0 && isIn(client.address, blocked) ? ['source_ip_blocked'] : []),
    ...(client.country !== null && blockedCountries.has(client.country) ? ['country_blocked'] : []),
    ...(client.asn !== null && blockedAsns.has(client.asn) ? ['asn_blocked'] : []),
  ]
}

function notListed(address: string | null, allowed: readonly Network[] | undefined): string[] {
  if (allowed === undefined || isIn(address, allowed)) return []
  return [address === null ? 'source_ip_unknown' : 'source_ip_not_listed']
}

function isIn(address: string | null, networks: readonly Network[]): boolean {
  const parsed = parseAddress(address ?? '')
  return parsed !== undefined && networks.some((network) => contains(network, parsed))
}

const unless = <T>(allowed: ReadonlySet<T> | undefined, value: T | null, alert: string): string[] =>
  allowed === undefined || (value !== null && allowed.has(value)) ? [] : [alert]
