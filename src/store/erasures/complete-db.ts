/**
 * The database for whoever answers people: nothing is read from it, or written, while an erasure is missing. Each statement runs in one
 * transaction with the check, so that a restore at any moment is noticed. If it is behind, the erasures are completed first.
 */
import { batchedDb, innerOf } from '../batched-db.ts'
import { failIfBehind, isRefusal, readProgress } from './progress.ts'

export interface Completing {
  /** Number of the newest erasure. */
  readonly newest: () => Promise<number>
  /** Completes them all. @throws {ErasuresPending} */
  readonly ensure: () => Promise<void>
}

/** The store may be restored again while it is completed. */
const TRIES_MAX = 3

/** Only what {@link batchedDb} has. */
export function completeDb(db: D1Database, { newest, ensure }: Completing): D1Database {
  async function batch<T>(outer: readonly D1PreparedStatement[]): Promise<D1Result<T>[]> {
    const statements = outer.map(innerOf)
    for (let tries = 1; ; tries++) {
      const number = await newest()
      if (number === 0) return db.batch<T>(statements)
      try {
        return (await db.batch<T>([failIfBehind(db, number), ...statements])).slice(1)
      } catch (cause) {
        if (tries === TRIES_MAX || !isRefusal(cause) || (await readProgress(db)).through >= number)
          throw cause
      }
      await ensure()
    }
  }
  return batchedDb(db, batch)
}
