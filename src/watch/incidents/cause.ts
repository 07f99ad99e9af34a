/** Causes: each groups the findings that it explains, while they overlap. */
import { isPublished } from '../../registry/containment/check-measure.ts'
import { patternOf } from '../patterns/index.ts'
import { waveOf } from '../main-cause.ts'
import type { StoredFinding } from './stored.ts'

/** Sources that are hit within this time have one cause. */
export const ESP_WITHIN_MINUTES = 15

/** The cause of a finding at one source. A kind without a pattern stands alone, by its subject. */
export const causeAt = (source: string, kind: string, subject: string | null): string =>
  `source/${source}/${patternOf(kind)?.cause ?? `${kind}/${subject ?? ''}`}`

/** The cause of a finding of the installation's operation. */
export const causeOfOperation = (kind: string, subject: string | null): string =>
  `operation/${kind}/${subject ?? ''}`

export const causeOfEsp = (provider: string, kind: string): string => `esp/${provider}/${kind}`

/**
 * Causes that other sources may share. Of refused deliveries, each network that they come from: one network that does the same at several
 * sources is one cause. All forms of guessing have one remedy, each other kind has its own. A network that the ESP publishes is that of
 * all its customers. Of failures, the wave that they are of.
 */
export function sharedCauses(
  { kind, networks, main }: Pick<StoredFinding, 'kind' | 'networks' | 'main'>,
  provider: string,
): string[] {
  const wave = main && waveOf(main)
  if (wave !== undefined) return [`wave/${kind}/${wave}`]
  const pattern = patternOf(kind)
  if (pattern?.deliveries !== 'refused') return []
  const name = pattern.cause === 'guessing' ? pattern.cause : kind
  return networks
    .filter((network) => !isPublished(network, provider))
    .map((network) => `network/${network}/${name}`)
}
