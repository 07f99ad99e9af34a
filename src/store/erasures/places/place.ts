/** A place of the store that can name a person in many rows. The rows of her key go first: see `rows.ts`. */
import type { Erasure, ErasureDeps } from '../erasure.ts'

/** How often a place names a person, and in which span of time. */
export interface Counted {
  readonly count: number
  /** Null if there is nothing. */
  readonly firstMs: number | null
  readonly lastMs: number | null
  /** How many of them have other addresses, too, or message ids, which look alike. They are removed whole. */
  readonly others?: number
  /** How many of them are of sources that a hold keeps. */
  readonly held?: number
}

export const NOT_FOUND: Counted = { count: 0, firstMs: null, lastMs: null }

export interface StorePlace {
  readonly name: string
  /** @param person blind index, 32 hex digits @param held sources that a hold keeps */
  readonly count: (deps: ErasureDeps, person: string, held?: readonly string[]) => Promise<Counted>
  /**
   * Removes the people of these erasures, in bounded steps. What came later than an erasure stays. It may end or die after any step, and
   * two calls may run at once.
   *
   * @param mayGoOn asked before each step
   * @returns true if nothing is left
   */
  readonly erase: (
    deps: ErasureDeps,
    erasures: readonly Erasure[],
    mayGoOn: () => boolean,
  ) => Promise<boolean>
  /**
   * A statement that fails its transaction if the place still names one of these people: the database may have been restored while it was
   * erased. It is cheap, since `erase` has found nothing left.
   */
  readonly failIfLeft: (db: D1Database, erasures: readonly Erasure[]) => D1PreparedStatement
}
