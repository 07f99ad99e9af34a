/** Interface of a pattern, and its findings. */
import type { MainCause } from '../main-cause.ts'
import type { EventType } from '../../event/mail-event.ts'
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
export interface Finding {
  readonly kind: string
  /** Subject besides the source: the name of a destination or a reader, for instance. Absent if the source says it all. */
  readonly subject?: string
  /** Of a finding about the operation: the source that it is about. Who sees only some sources sees it if this is one of them. */
  readonly source?: string
  readonly severity: Severity
  /** /24 or /48 networks that it comes from, the most active first, at most 10; absent if they are unknown. */
  readonly networks?: readonly string[]
  /** Since when, as far as is known now. */
  readonly fromMinute: number
  /** By their share, the leading one first; at least one. */
  readonly features: readonly Feature[]
  /** The evidence in numbers, with what is usual. It holds no address of a person and no value of a payload. */
  readonly evidence: string
  /** A payload in which each value is replaced by its type and length; absent if the finding is about none. */
  readonly example?: string
  /** Of a share that has risen; absent if it was not looked at, or too few failed. */
  readonly main?: MainCause
}

/** Finding of one pattern in a minute; undefined if nothing is wrong. */
export type Found = Omit<Finding, 'kind'> | undefined

/** Input of a source's pattern for one minute. */
export interface PatternInput {
  readonly minute: number
  /** `NOTHING` if nothing happened. */
  readonly signals: MinuteSignals
  /** As it was before this minute. */
  readonly profile: Profile
}

/** Properties of a kind of incident, whichever pattern finds it. */
export interface Kind {
  /** In snake case: `bounce_share`. */
  readonly kind: string
  /** A new incident begins after so many hours without a finding. */
  readonly quietHours: number
  /** Recommended steps for a person, most urgent first. */
  readonly advice: readonly string[]
}

/** Containment of a source. */
export type ContainmentAction = 'block' | 'raiseLevel' | 'rotate' | 'pause'

/**
 * A state machine over the signals of one source, and all that is known of the kind that it finds. It sees every minute once and in
 * order. The state is plain data that a step changes in place; nothing else is read or changed.
 */
export interface Pattern<State extends object = object> extends Kind {
  /** Kinds of one cause that overlap at a source are one incident. */
  readonly cause: 'guessing' | 'forged' | 'volume'
  /** From this many sources of one ESP on, within minutes, the ESP is the cause. Absent if an ESP never causes it. */
  readonly espSources?: number
  /** Deliveries that it is about: refused ones and copies, or verified ones. Absent if it is about how many come, and when. */
  readonly deliveries?: 'refused' | 'verified'
  /** Events that show it to a person: those of a type, or all. Absent if none does. */
  readonly events?: EventType | 'all'
  /** Its networks never sent before. */
  readonly hasNewNetworks?: true
  /** A bad list of addresses explains it, unless networks that never sent before bring it. */
  readonly mayBeList?: true
  /** Containments that people are advised to make. */
  readonly advisedActions: readonly ContainmentAction[]
  /**
   * Containments that a source's policy may begin. Networks of verified deliveries cannot be blocked, and of the secrets behind
   * single-use tokens Postern sets none at the ESP.
   */
  readonly policyActions: readonly ContainmentAction[]
  initial(): State
  step(state: State, input: PatternInput): Found
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

/** A single number that is the whole surprise. */
export const measured = (name: string, observed: number, expected: number): Pick<Finding, 'features'> => ({
  features: [{ name, observed, expected, share: 1 }],
})

/** A sentence whose numbers have separators: `1,137 events`. */
export const sentence = (texts: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  String.raw(
    { raw: texts },
    ...values.map((one) => (typeof one === 'number' ? one.toLocaleString('en') : one)),
  )

/** A share as people read it: `2.1 %`, `95.8 %`. */
export const percent = (share: number): string =>
  `${(share * 100).toLocaleString('en', { maximumFractionDigits: 1 })} %`
