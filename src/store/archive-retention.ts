/** Files of the archive that are too old. They go by whole days: first the objects, then their rows. */
import type { Forgotten } from '../platform/forgotten.ts'
import { dayOf } from '../platform/time.ts'
import { ARCHIVED_THROUGH } from './archive-files.ts'
import type { Store } from './store.ts'

type Db = Pick<Store, 'db'>

/**
 * Days that are over at a time sort before its day. Of a day in which a claim is unfinished, nothing goes: another file may be about
 * to replace these.
 */
const OLD = `
  dt < ?1 AND key IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM archive_files c WHERE c.dt = f.dt AND c.state = 'claimed')`

/** Counts the events in old files, without a limit: there are few rows. */
export async function countOldFiles({ db }: Db, beforeMs: number): Promise<Forgotten> {
  const row = await db
    .prepare(
      `SELECT (SELECT min(first_stored_at) FROM archive_files WHERE state = 'written') AS oldestMs,
         (SELECT coalesce(sum(events), 0) FROM archive_files f WHERE ${OLD} AND state = 'written') AS count`,
    )
    .bind(dayOf(beforeMs))
    .first<{ oldestMs: number | null; count: number }>()
  return { count: row?.count ?? 0, isMore: false, oldestMs: row?.oldestMs ?? null }
}

export interface OldFile {
  readonly key: string
  /** Of a file that was replaced by another one: 0. */
  readonly events: number
}

/** Old files, oldest first. */
export async function oldFiles({ db }: Db, beforeMs: number, limit: number): Promise<readonly OldFile[]> {
  const { results } = await db
    .prepare(
      `SELECT key, iif(state = 'written', events, 0) AS events FROM archive_files f
       WHERE ${OLD} ORDER BY dt, first_segment LIMIT ?2`,
    )
    .bind(dayOf(beforeMs), limit)
    .all<OldFile>()
  return results
}

/** Filters out days of which the table has a row, and days that are not old. */
export async function unknownDays(
  { db }: Db,
  days: readonly string[],
  beforeMs: number,
): Promise<Set<string>> {
  const { results } = await db
    .prepare(
      `SELECT value AS dt FROM json_each(?1) WHERE value < ?2 AND value NOT IN (SELECT dt FROM archive_files)`,
    )
    .bind(JSON.stringify([...new Set(days)]), dayOf(beforeMs))
    .all<{ dt: string }>()
  return new Set(results.map(({ dt }) => dt))
}

/** Removes the rows of files whose objects are gone. */
export async function removeFileRows({ db }: Db, keys: readonly string[]): Promise<void> {
  await db
    .prepare('DELETE FROM archive_files WHERE key IN (SELECT value FROM json_each(?1))')
    .bind(JSON.stringify(keys))
    .run()
}

/** The last segment up to which all events are in the archive, or were there. */
export const archivedThrough = async ({ db }: Db): Promise<number> =>
  (await db.prepare(`SELECT (${ARCHIVED_THROUGH}) AS segment`).first<{ segment: number }>())?.segment ?? 0
