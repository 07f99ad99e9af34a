/** Where a new destination begins to read. */
import { rfc3339Ms } from '../platform/time.ts'
import { type ArrivalPosition, arrivalAt, oldestArrival } from '../store/arrival.ts'
import type { Store } from '../store/store.ts'

/** @param start `oldest`, `now`, or a time in RFC 3339, as the document says */
export function startPosition(store: Store, start: string, createdAtMs: number): Promise<ArrivalPosition> {
  if (start === 'oldest') return oldestArrival(store)
  return arrivalAt(store, start === 'now' ? createdAtMs : (rfc3339Ms(start) ?? createdAtMs))
}
