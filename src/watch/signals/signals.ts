/** Signals of one source and one minute. */

/** Whole numbers by name. */
export type Counts = Readonly<Record<string, number>>

/** Refusals of one minute that have a code and a network in common. */
export interface Refused {
  /** A code of `src/event/refusal-code.ts`. */
  readonly code: string
  /** /24 or /48 of the client; `other` past the bound; null if unknown. */
  readonly network: string | null
  /** Number of the autonomous system of that network; null if unknown. */
  readonly asn: number | null
  readonly count: number
}

export interface MinuteSignals {
  /** Deliveries that were verified and accepted. One may hold several events. */
  readonly accepted: number
  /** Copies of accepted deliveries. They are not part of `accepted`. */
  readonly duplicates: number
  /** Items of accepted deliveries that could not be read. They are not part of `events`. */
  readonly quarantined: number
  /** Events by our type, and the same events by the ESP's own. */
  readonly events: Counts
  readonly nativeTypes: Counts
  /** Accepted deliveries by network. */
  readonly networks: Counts
  /** Checks that failed and were tolerated, by the alert's name. */
  readonly failedChecks: Counts
  /** Median seconds from occurrence to receipt; null if unknown. */
  readonly lagSeconds: number | null
  /** Median size of the bodies; null without deliveries. */
  readonly bodyBytes: number | null
  readonly refused: readonly Refused[]
}

/** A minute in which nothing happened. */
export const NOTHING: MinuteSignals = {
  accepted: 0,
  duplicates: 0,
  quarantined: 0,
  events: {},
  nativeTypes: {},
  networks: {},
  failedChecks: {},
  lagSeconds: null,
  bodyBytes: null,
  refused: [],
}

/** Sum of all counts. */
export function totalOf(counts: Counts): number {
  let total = 0
  for (const name in counts) total += counts[name] ?? 0
  return total
}
