/** The contract of a kind of thing that is kept for a number of days. */
import type { Forgotten } from '../../platform/forgotten.ts'
import type { RetentionSettings } from '../../registry/retention/document.ts'
import type { RetentionKind } from '../../registry/retention/kinds.ts'
import type { RequestContext } from '../request-context.ts'

export interface Held {
  readonly sources: readonly string[]
  /** Blind indexes. */
  readonly people: readonly string[]
}

/** Ages and holds of one run. */
export interface Limits {
  /** The time at which ages are judged. */
  readonly atMs: number
  /** Older things are too old; 0 if nothing is. */
  readonly beforeMs: number
  readonly held: Held
  readonly settings: RetentionSettings
  /** Version of the retention document. */
  readonly version: number
}

export interface KindTask {
  readonly kind: RetentionKind
  /** Effect of a hold: it stops the whole kind, or keeps the rows of the held source (or person). */
  readonly holds: 'any stops' | 'person stops' | 'by source or person' | 'by source'
  /** Whether an entry that lists only some of those whom it names goes earlier, also if others stay without end. */
  readonly removesInPart?: true
  /** Counts what {@link forget} would remove, up to a limit. Changes nothing. */
  readonly look: (context: RequestContext, limits: Limits) => Promise<Forgotten>
  /**
   * Removes what is too old in bounded steps, and gives how many things each has removed. It may end after any step, and die at any
   * await: another call goes on.
   */
  readonly forget: (context: RequestContext, limits: Limits) => AsyncGenerator<number>
}
