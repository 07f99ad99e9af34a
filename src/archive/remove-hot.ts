/**
 * Removes events from the store that the archive has in files which stay as they are: those that are too old, and while the database
 * is too large, the oldest. Legal holds do not stop it, since nothing is lost.
 */
import type { Log } from '../platform/log.ts'
import { DAY_MS } from '../platform/time.ts'
import { IS_FINAL, finalSpan } from '../store/archive-claims.ts'
import { lastSegmentBefore } from '../store/arrival.ts'
import { removeSegments } from '../store/removal.ts'
import type { Store } from '../store/store.ts'

export interface HotDeps {
  readonly store: Store
  /** How long the store keeps events that are archived. @throws if the setting is malformed */
  readonly hotDays: () => number
  /** The size from which on it keeps them for less. */
  readonly hotMaxBytes: number
  readonly nowMs: () => number
  readonly log: Log
}

/** Of the ten gigabytes that a database can have. */
export const HOT_MAX_BYTES = 8_000_000_000

/** Of one step: some megabytes. */
const STEP_SEGMENTS = 100

/** One step. @returns whether there may be more to remove */
export async function removeHot({ store, hotDays, hotMaxBytes, nowMs, log }: HotDeps): Promise<boolean> {
  const now = nowMs()
  const { oldestMs, bytes } = await sizeOf(store)
  if (oldestMs === null) return false
  const cutoffMs = now - hotDays() * DAY_MS
  const isTooLarge = bytes > hotMaxBytes
  if (!isTooLarge && oldestMs >= cutoffMs) return false
  const final = await finalSpan(store)
  const upTo = isTooLarge ? final.upTo : Math.min(final.upTo, await lastSegmentBefore(store, cutoffMs))
  // Segments of a clock that was wrong are passed over.
  for (let { after } = final; ;) {
    const step = { after, upTo, keep: [], segments: STEP_SEGMENTS, only: IS_FINAL }
    const removed = await removeSegments(store, step, now)
    if (removed.events > 0) log({ event: 'hot_events_removed', count: removed.events })
    if (removed.segments > 0 || !removed.more) return removed.more
    after = removed.at
  }
}

async function sizeOf({ db }: Store): Promise<{ readonly oldestMs: number | null; readonly bytes: number }> {
  const { results, meta } = await db
    .prepare('SELECT stored_at FROM segments ORDER BY segment LIMIT 1')
    .all<{ readonly stored_at: number }>()
  return { oldestMs: results[0]?.stored_at ?? null, bytes: meta.size_after }
}
