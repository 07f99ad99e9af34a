/** Check `source_ip`: the address, country and network operator that a delivery comes from. */
import type { Alert } from '../../event/decision.ts'
import type { ClientFacts } from '../../providers/shared/presented-credentials.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import type { Source } from '../../registry/sources/source.ts'
import { blockedBy, isIn, networksOf } from '../accept/blocked.ts'
import type { Finding } from './record.ts'

/**
 * Passes if every list that the source sets lets the client through. A value that the edge does not know is on no list: it
 * fails an allow list and passes a block list. Without `allowedIps`, the provider's published networks are the allow list. An
 * empty allow list lets nothing through.
 *
 * Undefined if there is no address and only the published networks could decide. The edge always gives an address. Without
 * an edge (`npm start`), the operator has not asked for a list.
 */
export function sourceIp(client: ClientFacts, { config }: Source, provider: Provider): Finding | undefined {
  const published = config.allowedIps === undefined ? provider.publishedNetworks : undefined
  const isUndecided = published !== undefined && client.address === null
  const alerts = [
    ...(isUndecided ? [] : notIn(config.allowedIps ?? published, client.address)),
    ...unless(config.allowedCountries, client.country, 'country_not_listed'),
    ...unless(config.allowedAsns, client.asn, 'asn_not_listed'),
    ...blockedBy(client, config),
  ]
  return isUndecided && alerts.length === 0 ? undefined : { passed: alerts.length === 0, alerts }
}

function notIn(allowed: readonly string[] | undefined, address: string | null): Alert[] {
  if (allowed === undefined || isIn(address, networksOf(allowed))) return []
  return [address === null ? 'source_ip_unknown' : 'source_ip_not_listed']
}

const unless = <T>(allowed: readonly T[] | undefined, value: T | null, alert: Alert): Alert[] =>
  allowed === undefined || (value !== null && allowed.includes(value)) ? [] : [alert]
