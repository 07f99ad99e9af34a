/** A place where something rests: what it holds of a person, and what an erasure does there. */
import type { RetentionSettings } from '../../../registry/retention/document.ts'
import type { Counted } from '../../../store/erasures/places/place.ts'
import type { RequestContext } from '../../request-context.ts'

export type PlaceContext = Pick<
  RequestContext,
  'store' | 'registry' | 'destinations' | 'incidents' | 'large' | 'queueSealer' | 'live'
>

/** Something that may still exist after an erasure. */
export interface Remaining {
  readonly what: string
  readonly why: string
  /** Ids of what remains, some of them. If there is nothing, a certificate does not say it. Absent if they are not known. */
  readonly ids?: (context: PlaceContext, limit: number) => Promise<readonly string[]>
  /** Days after the erasure until it is gone. Null if only a person can end it. */
  readonly days: (settings: RetentionSettings) => number | null
}

export interface Place {
  /** Stable, in plans, answers and certificates. */
  readonly name: string
  /**
   * Everything that rests there: `D1 events`, `Registry sources` (a table of a Durable Object), `Registry kv`, `R2 postern-large`,
   * `queue postern-events`.
   */
  readonly stored: readonly string[]
  /** Words for what it holds of a person; null if it holds nothing personal. */
  readonly holds: string | null
  /** Why it holds nothing personal, or why something stays. */
  readonly why?: string
  /** Sentence of the certificate: what an erasure does there. Absent if it does nothing. */
  readonly erasing?: string
  /** Counts how often it names a person (blind index). Absent if it is in D1, where `countInStore` counts, and if nobody counts it. */
  readonly count?: (context: PlaceContext, person: string) => Promise<Counted>
  /**
   * Removes the person from a place outside of D1, where `applyErasures` does not come to. It may be repeated.
   *
   * @returns false if more is left
   */
  readonly erase?: (context: PlaceContext, person: string) => Promise<boolean>
  readonly remains?: readonly Remaining[]
}
