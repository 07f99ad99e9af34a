/** Events that the archive has still to write: they are in no file yet. */
import { HOUR_MS } from '../platform/time.ts'
import { ARCHIVED_THROUGH, eventsBehind } from './archive-files.ts'
import type { RemovalOfOld } from './size.ts'

/** Events are archived when the oldest is an hour old, unless a variable says otherwise. Past this, something is wrong. */
export const ARCHIVE_LATE_HOURS = 3

export interface ArchiveBacklog {
  /** Too many if some of them were removed. */
  readonly events: number
  /** When the oldest of them was stored; null if there are none. */
  readonly oldestMs: number | null
}

/** @throws when the database does not answer */
export async function archiveBacklog(db: D1Database): Promise<ArchiveBacklog> {
  const waiting = db.prepare(eventsBehind(ARCHIVED_THROUGH))
  const row = await waiting.first<{ readonly sinceMs: number; readonly events: number }>()
  return { events: row?.events ?? 0, oldestMs: row?.sinceMs ?? null }
}

export const isArchiveLate = ({ oldestMs }: ArchiveBacklog, nowMs: number): boolean =>
  oldestMs !== null && nowMs - oldestMs >= ARCHIVE_LATE_HOURS * HOUR_MS

/**
 * @param archive null without one
 * @param eventDays how long retention keeps events; null without end
 */
export const removalOfOld = (
  archive: ArchiveBacklog | null,
  eventDays: number | null,
  nowMs: number,
): RemovalOfOld =>
  archive === null
    ? { byArchive: false, afterDays: eventDays }
    : // Retention waits for an archive that is late.
      { byArchive: !isArchiveLate(archive, nowMs), afterDays: null }
