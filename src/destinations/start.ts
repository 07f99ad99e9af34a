/** Where a new destination begins to read. */
import { rfc3339Ms } from '../platform/time.ts'
import type { DestinationConfig } from '../registry/destinations/document.ts'
import { type ArrivalPosition, arrivalAt, oldestArrival } from '../store/arrival.ts'
import type { Store } from '../store/store.ts'

/** A destination that a restore brought back begins at the time of the restore, since older events have been sent already. */
export function startPosition(
  store: Store,
  { start, restored_at }: Pick<DestinationConfig, 'start' | 'restored_at'>,
  createdAtMs: number,
): Promise<ArrivalPosition> {
  const restoredAtMs = rfc3339Ms(restored_at ?? '') ?? 0
  if (start === 'oldest' && restoredAtMs === 0) return oldestArrival(store)
  const startMs = start === 'oldest' ? 0 : (rfc3339Ms(start) ?? createdAtMs)
  return arrivalAt(store, Math.max(startMs, restoredAtMs))
}
