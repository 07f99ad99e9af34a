/**
 * Applies erasures to the store: the first time, after a death at any step, and after a restore of the database, always in the same way.
 */
import type { ErasureDeps } from './deps.ts'
import type { Erasure } from './erasure.ts'

/**
 * @param erasures all after the one through which the store is complete, or the first of them, in order
 * @param mayGoOn asked before each step
 * @returns true if they are complete
 */
export async function applyErasures(
  _deps: ErasureDeps,
  _erasures: readonly Erasure[],
  _mayGoOn: () => boolean,
): Promise<boolean> {
  return false
}
