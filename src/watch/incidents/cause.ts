/** Causes: each groups the kinds that it explains, while they overlap at one source. */
import { isPublished } from '../../registry/containment/check-measure.ts'
import type { StoredFinding } from './stored.ts'

interface Cause {
  readonly name: string
  readonly kinds: readonly string[]
  /** From how many sources of one ESP on, within minutes and with the same kind, the ESP itself is the cause; null: never. */
  readonly espSources: number | null
}

const GUESSING: readonly string[] = ['brute_force', 'brute_force_spread', 'brute_force_slow']

/** An ESP causes no guesses and no copies. Two silent sources of an ESP are its outage; forged events may hit two by chance. */
const CAUSES: readonly Cause[] = [
  { name: 'guessing', kinds: GUESSING, espSources: null },
  { name: 'forged', kinds: ['token_reuse', 'replay'], espSources: null },
  { name: 'forged', kinds: ['address', 'payload', 'bounce_share', 'complaint_share'], espSources: 3 },
  { name: 'volume', kinds: ['silence', 'surge', 'lag'], espSources: 2 },
]

/** Sources that are hit within this time have one cause. */
export const ESP_WITHIN_MINUTES = 15

const causeOfKind = (kind: string): Cause | undefined => CAUSES.find(({ kinds }) => kinds.includes(kind))

/** The cause of a finding at one source. A kind that no cause lists stands alone, by its subject. */
export const causeAt = (source: string, kind: string, subject: string | null): string =>
  `source/${source}/${causeOfKind(kind)?.name ?? `${kind}/${subject ?? ''}`}`

/** The cause of a finding of the installation's operation. */
export const causeOfOperation = (kind: string, subject: string | null): string =>
  `operation/${kind}/${subject ?? ''}`

export const causeOfEsp = (provider: string, kind: string): string => `esp/${provider}/${kind}`

/**
 * The causes of refused deliveries, by the networks that they come from: one network that does the same at several sources is one cause.
 * Another kind has another remedy. A network that the ESP publishes is that of all its customers.
 */
export function causesOfNetworks(
  { kind, networks }: Pick<StoredFinding, 'kind' | 'networks'>,
  provider: string,
): string[] {
  if (!isOnlyRefused(kind)) return []
  const name = GUESSING.includes(kind) ? 'guessing' : kind
  return networks
    .filter((network) => !isPublished(network, provider))
    .map((network) => `network/${network}/${name}`)
}

/** How many sources make an incident of the ESP; null for a kind that is never one. */
export const espSourcesOf = (kind: string): number | null => causeOfKind(kind)?.espSources ?? null

/** Kinds that speak of refused deliveries and copies: nothing of it was accepted. */
const ONLY_REFUSED = [...GUESSING, 'token_reuse', 'replay']

export const isOnlyRefused = (kind: string): boolean => ONLY_REFUSED.includes(kind)

/** Kinds that speak of deliveries that were verified. */
export const involvesVerified = (kind: string): boolean =>
  ['address', 'payload', 'bounce_share', 'complaint_share'].includes(kind)
