/**
 * Applies erasures to the store: the first time, after a crash at any step, and after a restore of the database, always in the same way.
 * Keys go first, then what else names the people. That all is complete is noted last, in a transaction that checks it.
 */
import type { Erasure, ErasureDeps } from './erasure.ts'
import { STORE_PLACES } from './places/index.ts'
import { isRefusal, raiseStatement, readProgress } from './progress.ts'
import { destroyKeys, failIfNotBegun } from './rows.ts'

/** Erasures that the store is missing. */
export interface Missing {
  /** Number of the erasure through which the store was complete. */
  readonly through: number
  /** The first ones after it, in order. */
  readonly erasures: readonly Erasure[]
}

/**
 * @param mayGoOn asked before each step
 * @returns true if they are complete; false if the time was not enough, or the database was restored meanwhile
 */
export async function applyErasures(
  deps: ErasureDeps,
  { through, erasures }: Missing,
  mayGoOn: () => boolean,
): Promise<boolean> {
  const { db } = deps.store
  const last = erasures.at(-1)
  if (last === undefined) return true
  await destroyKeys(db, erasures)
  for (const place of STORE_PLACES) if (!(await place.erase(deps, erasures, mayGoOn))) return false
  try {
    const results = await db.batch([
      failIfNotBegun(db, erasures),
      ...STORE_PLACES.map(({ failIfLeft }) => failIfLeft(db, erasures)),
      raiseStatement(db, through, last.number),
    ])
    if (results.at(-1)?.results.length === 1) return true
  } catch (cause) {
    if (isRefusal(cause)) return false
    throw cause
  }
  return (await readProgress(db)).through >= last.number
}
