/** Containments in words: what is done, and why it was refused. */
import type { ContainRefused, Containment } from '../../registry/containment/containment.ts'

/** `block 203.0.113.0/24`. */
export function measureWords({ measure }: Pick<Containment, 'measure'>): string {
  if (measure.action === 'block') return `block ${measure.network}`
  if (measure.action === 'raise_level') return `raise the level to ${measure.level}`
  return measure.action === 'pause' ? 'pause the source' : `rotate ${measure.slot}`
}

/** Why nothing was contained, and what to do instead. */
export function refusalWords(refused: ContainRefused): string {
  if (refused.code === 'document_invalid')
    return `Nothing was contained. ${refused.problems.map(({ path, problem }) => `${path}: ${problem}`).join(' ')}`
  if (refused.code === 'network_proven')
    return `Nothing was contained: a delivery from ${refused.network} was verified in the last day, or may have been, so a block could refuse the ESP. Raise the level, or rotate the secret.`
  if (refused.code === 'network_published')
    return `Nothing was contained: the ESP publishes ${refused.network}, or the source allows it.`
  return `Nothing was contained: ${REASONS[refused.code]}`
}

type Plain = Exclude<ContainRefused['code'], 'document_invalid' | 'network_proven' | 'network_published'>

const REASONS: Readonly<Record<Plain, string>> = {
  source_unknown: 'there is no source of this name any more.',
  secret_unknown: 'the source has no such secret.',
  incident_unknown: 'there is no incident of this number about that source.',
  too_many_containments: 'too many containments of this source last. Lift one first.',
  value_needed: 'Postern does not make this secret, so a person has to rotate it.',
}
