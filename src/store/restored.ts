/**
 * Tells a reader that the store was restored to an earlier time. The restored store gives its next events the numbers of events that
 * are gone, which a reader may have read. So a number alone does not tell; the time at which a segment was stored does.
 */
import { type ArrivalPosition, arrivalAt, arrivalEnd } from './arrival.ts'
import type { Store } from './store.ts'

/** The last segment that a reader has read, and when that was stored. */
export interface ReadMark {
  readonly segment: number
  readonly storedAtMs: number
}

const CHECK = `
  SELECT segment AS last, events_before + events AS stored,
    (SELECT stored_at FROM segments WHERE segment = ?1) AS stored_at
  FROM segments ORDER BY segment DESC LIMIT 1`

interface Row {
  readonly last: number
  readonly stored: number
  readonly stored_at: number | null
}

/**
 * Where a reader goes on, if the store is an earlier one than that which it has read; null if it is the same. What the store has of
 * before the mark was read. What it has stored since the restore has later times than the mark.
 *
 * @param mark null if it has read nothing
 */
export async function afterRestore(
  store: Store,
  mark: ReadMark | null,
  position: ArrivalPosition,
): Promise<ArrivalPosition | null> {
  if (!(await wasRestored(store, mark, position))) return null
  return mark === null ? arrivalEnd(store) : arrivalAt(store, mark.storedAtMs)
}

async function wasRestored(
  { db }: Store,
  mark: ReadMark | null,
  position: ArrivalPosition,
): Promise<boolean> {
  const row = await db
    .prepare(CHECK)
    .bind(mark?.segment ?? 0)
    .first<Row>()
  const { last, stored, stored_at } = row ?? { last: 0, stored: 0, stored_at: null }
  if (position.number > stored) return true
  if (mark === null) return false
  // The last segment is never removed. So one that is missing was removed only if there are later ones.
  return stored_at === null ? last < mark.segment : stored_at !== mark.storedAtMs
}
