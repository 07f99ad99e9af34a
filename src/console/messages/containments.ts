/** Containments in words: what is done, what it means, and why it was refused. */
import type { ContainRefused, Containment } from '../../registry/containment/containment.ts'
import type { ContainRequest } from '../../watch/incidents/incident.ts'
import type { NetworkRefused } from '../containable.ts'

/** `block 203.0.113.0/24`. */
export function measureWords({ measure }: Pick<Containment, 'measure'>): string {
  if (measure.action === 'block') return `block ${measure.network}`
  if (measure.action === 'raise_level') return `raise the level to ${measure.level}`
  return measure.action === 'pause' ? 'pause the source' : `rotate ${measure.slot}`
}

/** Effect on gateways, as long as it lasts. */
export function effectWords(request: ContainRequest, source: string): string {
  if (request.action === 'block') return `Gateways refuse each delivery to ${source} from ${request.network}.`
  if (request.action === 'pause')
    return `Gateways answer each delivery to ${source} with 503, so that the ESP sends it again afterwards.`
  if (request.action === 'rotate')
    return `${source} gets a new ${request.slot}, and deliveries with an older one are refused.`
  return `Gateways check each delivery to ${source} as the level ${request.level} asks, and refuse those that do not pass.`
}

/** Why nothing was contained, and what to do instead. */
export function refusalWords(refused: ContainRefused | NetworkRefused): string {
  if (refused.code === 'document_invalid')
    return refused.problems.map(({ path, problem }) => `${path}: ${problem}`).join(' ')
  if (refused.code === 'network_verified' && !refused.isCertain) return NOT_KNOWN
  return REASONS[refused.code]
}

const NOT_KNOWN =
  'The watch cannot tell whether a delivery from this network was verified in the last day, so it is not blocked. Try again in some minutes.'

type Reasoned = Exclude<(ContainRefused | NetworkRefused)['code'], 'document_invalid'>

const REASONS: Readonly<Record<Reasoned, string>> = {
  source_unknown: 'There is no source of this name.',
  secret_unknown: 'The source has no such secret.',
  incident_unknown: 'There is no incident of this number about that source.',
  network_verified:
    'A delivery from this network was verified in the last day: a block would refuse the ESP. Raise the level, or rotate the secret.',
  network_published: 'The ESP publishes this network, or the source allows it.',
  network_refused:
    'With access to some sources you can only block networks of an open incident of these, and none that may be the ESP’s. Raise the level, or rotate the secret.',
  too_many_containments: 'Too many containments of this source last: lift one first.',
  value_needed:
    'Postern does not set this secret at the ESP, so a person has to: postern secrets rotate, with --emergency.',
}
