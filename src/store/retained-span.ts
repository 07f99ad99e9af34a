/** Spans of segments that retention works on, and how far it is. The times at which segments were stored never decrease. */
import type { EventType } from '../event/mail-event.ts'
import { HOUR_MS } from '../platform/time.ts'
import type { Store } from './store.ts'

type Db = Pick<Store, 'db'>

/** A binary search in one statement. */
const LAST_BEFORE = `
  WITH RECURSIVE search (low, high) AS (
    SELECT 0, coalesce((SELECT max(segment) FROM segments), 0) + 1
    UNION ALL
    SELECT iif(b.stored_at < ?1, b.segment + 1, s.low), iif(b.stored_at < ?1, s.high, (s.low + s.high) / 2)
    FROM search s LEFT JOIN segments b ON b.segment = (SELECT min(segment) FROM segments WHERE segment >= (s.low + s.high) / 2)
    WHERE s.low < s.high)
  SELECT max(low) - 1 AS segment FROM search`

/** The number of the last segment that was stored before a time; 0 if there is none. */
export const lastSegmentBefore = async ({ db }: Db, atMs: number): Promise<number> =>
  Math.max(0, (await db.prepare(LAST_BEFORE).bind(atMs).first<{ segment: number }>())?.segment ?? 0)

/** How many events were ever stored in a span of segments. Those that were removed within it count, too. */
export async function eventsIn({ db }: Db, after: number, upTo: number): Promise<number> {
  const row = await db
    .prepare(
      `SELECT (SELECT events_before + events FROM segments WHERE segment <= ?2 ORDER BY segment DESC LIMIT 1)
         - (SELECT events_before FROM segments WHERE segment > ?1 ORDER BY segment LIMIT 1) AS events`,
    )
    .bind(after, upTo)
    .first<{ events: number | null }>()
  return Math.max(0, row?.events ?? 0)
}

/** About how many events of some types there are in a span of time, by the hourly counters. */
export async function countedEvents(
  { db }: Db,
  types: readonly EventType[],
  fromMs: number,
  untilMs: number,
): Promise<number> {
  const row = await db
    .prepare(
      `WITH RECURSIVE sources (source) AS (
         SELECT min(source) FROM counters
         UNION ALL
         SELECT (SELECT min(c.source) FROM counters c WHERE c.source > s.source) FROM sources s WHERE s.source IS NOT NULL)
       SELECT coalesce(sum(j.value), 0) AS events
       FROM sources s CROSS JOIN counters c ON c.source = s.source AND c.hour >= ?1 AND c.hour < ?2
         CROSS JOIN json_each(c.counts) j
       WHERE j.key IN (SELECT value FROM json_each(?3))`,
    )
    .bind(Math.floor(fromMs / HOUR_MS), Math.floor(untilMs / HOUR_MS), JSON.stringify(types))
    .first<{ events: number }>()
  return row?.events ?? 0
}

/** How far a task is. */
export interface Progress {
  readonly task: string
  /** Version of the retention document. Under another one, the task begins anew: holds may have ended. */
  readonly version: number
  /** The last segment that it has looked at. */
  readonly segment: number
}

export async function progressOf({ db }: Db, task: string, version: number): Promise<number> {
  const row = await db
    .prepare('SELECT segment FROM retention_progress WHERE task = ?1 AND version = ?2')
    .bind(task, version)
    .first<{ segment: number }>()
  return row?.segment ?? 0
}

/** Forgets tasks of other versions. */
export async function putProgress({ db }: Db, { task, version, segment }: Progress): Promise<void> {
  await db.batch([
    db.prepare('DELETE FROM retention_progress WHERE version <> ?1').bind(version),
    db
      .prepare(
        `INSERT INTO retention_progress (task, version, segment) VALUES (?1, ?2, ?3)
         ON CONFLICT (task) DO UPDATE SET version = excluded.version, segment = excluded.segment`,
      )
      .bind(task, version, segment),
  ])
}
