/** Interface of a pattern, and its findings. */
import type { Profile } from '../profile/profile.ts'
import type { Severity } from '../severity.ts'
import type { MinuteSignals } from '../signals/signals.ts'

/** One number that speaks for a finding. */
export interface Feature {
  readonly name: string
  readonly observed: number
  /** Usual value. */
  readonly expected: number
  /** Its part of the whole surprise, 0 to 1. */
  readonly share: number
}

/** Something is wrong in this minute. */
export interface Finding<K extends string = string> {
  readonly kind: K
  /** Subject besides the source: the name of a destination or a reader, for instance. Absent if the source says it all. */
  readonly subject?: string
  readonly severity: Severity
  /** /24 or /48 networks that it comes from, the most active first, at most 10; absent if they are unknown. */
  readonly networks?: readonly string[]
  /** Since when, as far as is known now. */
  readonly fromMinute: number
  /** By their share, the leading one first; at least one. */
  readonly features: readonly Feature[]
  /** The evidence in numbers, with what is usual. It holds no address of a person and no payload. */
  readonly evidence: string
}

/** Input of a source's pattern for one minute. */
export interface Seen {
  readonly minute: number
  /** `NOTHING` if nothing happened. */
  readonly signals: MinuteSignals
  /** As it was before this minute. */
  readonly profile: Profile
}

/**
 * A state machine over the signals of one source. It sees every minute once and in order. The state is plain data that a step changes
 * in place; nothing else is read or changed.
 */
export interface Pattern<K extends string = string, State extends object = object> {
  readonly kind: K
  /** A new incident begins after so many hours without a finding. */
  readonly quietHours: number
  /** Recommended steps for a person, most urgent first. */
  readonly advice: readonly string[]
  initial(): State
  step(state: State, seen: Seen): Omit<Finding<K>, 'kind'> | undefined
}

export const MINUTES_A_DAY = 1440

/** A source this young has no usual yet. */
export const LEARNING_MINUTES = 7 * MINUTES_A_DAY

/** Features by their share. Weights are surprises in nats; all zero counts as equal. */
export function features(
  ...weighed: readonly (Omit<Feature, 'share'> & { readonly weight: number })[]
): readonly Feature[] {
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0)
  return weighed
    .map(({ weight, ...one }) => ({ ...one, share: total > 0 ? weight / total : 1 / weighed.length }))
    .toSorted((a, b) => b.share - a.share)
}

/** A share as people read it: `2.1 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
