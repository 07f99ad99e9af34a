/**
 * Which networks may be blocked by operators of some sources. A network is not blocked if it was verified at any source, so an answer
 * for any network would tell them from which ones the deliveries of other sources come.
 */
import { type Network, overlaps, parseNetwork } from '../platform/network.ts'
import type { ContainRefused } from '../registry/containment/containment.ts'
import type { Incident } from '../watch/incidents/incident.ts'

/** The one answer for all networks that they cannot block. */
export interface NetworkRefused {
  readonly ok: false
  readonly code: 'network_refused'
}
export const NETWORK_REFUSED: NetworkRefused = { ok: false, code: 'network_refused' }

/** Whether a network is, or is in, one of those that the incidents come from. */
export function isFromIncident(text: string, incidents: readonly Pick<Incident, 'networks'>[]): boolean {
  const network = parseNetwork(text)
  return (
    network !== undefined && incidents.some(({ networks }) => networks.some((one) => holds(one, network)))
  )
}

function holds(text: string, inner: Network): boolean {
  const outer = parseNetwork(text)
  return outer !== undefined && outer.prefixBits <= inner.prefixBits && overlaps(outer, inner)
}

/** A refusal that does not say what is known of the network. */
export const withoutReason = (refused: ContainRefused): ContainRefused | NetworkRefused =>
  refused.code === 'network_verified' || refused.code === 'network_published' ? NETWORK_REFUSED : refused
