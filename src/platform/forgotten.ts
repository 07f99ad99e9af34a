/** The answer of a call that removes what is too old. */

export interface Forgotten {
  /** Things that were removed; if it was only asked, those that would be. */
  readonly count: number
  /** Whether there are more than were removed or counted. */
  readonly isMore: boolean
  /** The oldest that is there now; null if there is none. */
  readonly oldestMs: number | null
}

export const NOTHING_FORGOTTEN: Forgotten = { count: 0, isMore: false, oldestMs: null }

/** Of several parts. */
export const allForgotten = (parts: readonly Forgotten[]): Forgotten =>
  parts.reduce(
    (all, part) => ({
      count: all.count + part.count,
      isMore: all.isMore || part.isMore,
      oldestMs: earlier(all.oldestMs, part.oldestMs),
    }),
    NOTHING_FORGOTTEN,
  )

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)
