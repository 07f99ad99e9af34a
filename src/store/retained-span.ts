/** Spans of segments that retention works on, and how far it is. The times at which segments were stored never decrease. */
import type { EventType } from '../event/mail-event.ts'
import { HOUR_MS } from '../platform/time.ts'
import { sourcesIn } from './source-names.ts'
import type { Store } from './store.ts'

type Db = Pick<Store, 'db'>

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
      `WITH RECURSIVE ${sourcesIn('counters')}
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
