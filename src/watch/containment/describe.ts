/** Texts of the timeline about a containment. */
import { toInstant } from '../../platform/time.ts'
import type { ContainRefused, Containment, Measure } from '../../registry/containment/containment.ts'
import type { ContainRequest } from '../incidents/incident.ts'

export function begun({ source, measure, endsAtMs }: Containment): string {
  if (measure.action === 'rotate')
    return `Rotated ${measure.slot} of ${source}: its old versions are revoked.`
  return `${done(measure)} at ${source} until ${toInstant(endsAtMs)}.`
}

export const lifted = ({ source, measure }: Containment, why: string): string =>
  measure.action === 'rotate' ? why : `Lifted at ${source}: ${nameOf(measure)}. ${why}`

/**
 * Effect of a containment on deliveries as long as it lasts: `Deliveries from 203.0.113.0/24 to shop are refused until` and when.
 */
export function effect({ source, measure, endsAtMs }: Containment): string {
  const until = `until ${toInstant(endsAtMs)}`
  if (measure.action === 'block')
    return `Deliveries from ${measure.network} to ${source} are refused ${until}.`
  if (measure.action === 'raise_level') return `The level of ${source} is ${measure.level} ${until}.`
  if (measure.action === 'pause') return `Deliveries to ${source} are deferred ${until}.`
  return `The secret ${measure.slot} of ${source} was rotated.`
}

function done(measure: Measure): string {
  if (measure.action === 'block') return `Blocked ${measure.network}`
  return measure.action === 'pause' ? 'Paused deliveries' : `Raised the level to ${measure.level}`
}

const nameOf = (measure: Measure): string =>
  measure.action === 'block'
    ? `the block of ${measure.network}`
    : measure.action === 'pause'
      ? 'the pause'
      : `the level ${measure.level}`

/** Only a policy is refused for this: nobody knows from where the ESP sends. */
export interface Silent {
  readonly ok: false
  readonly code: 'source_silent'
}

/** Text about a refused action of a policy, with the reason. */
export function refused(source: string, request: ContainRequest, refusal: ContainRefused | Silent): string {
  return `The policy of ${source} did not ${wishOf(request)}: ${reasonOf(refusal)}.`
}

function wishOf(request: ContainRequest): string {
  if (request.action === 'block') return `block ${request.network}`
  if (request.action === 'raise_level') return `raise the level to ${request.level}`
  return request.action === 'pause' ? 'pause the source' : `rotate ${request.slot}`
}

/** The end of a sentence. */
export function reasonOf(refusal: ContainRefused | Silent): string {
  if (refusal.code === 'network_verified')
    return refusal.isCertain
      ? 'a delivery from it was verified in the last day'
      : 'the watch cannot tell whether a delivery from it was verified in the last day'
  return REASONS[refusal.code]
}

const REASONS: Readonly<
  Record<Exclude<ContainRefused['code'], 'network_verified'> | Silent['code'], string>
> = {
  source_silent:
    'no delivery to the source was verified in the last day and its ESP publishes no networks, so it may be the ESP',
  source_unknown: 'the source does not exist any more',
  secret_unknown: 'the source has no such secret',
  incident_unknown: 'the incident does not exist any more',
  network_published: 'the ESP publishes it, or the source allows it',
  too_many_containments: 'too many containments last',
  value_needed: 'Postern does not set this secret at the ESP',
  document_invalid: 'it would change nothing',
}
