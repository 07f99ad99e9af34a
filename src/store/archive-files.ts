/**
 * The files of the archive, as the table knows them. The bucket's own listing is not asked: it may have objects older than a restore of
 * the database. `archive-claims.ts` writes the table.
 */
import type { Store } from './store.ts'

/** The folder of all files, and the beginning of their keys. */
export const ARCHIVE_FOLDER = 'events/v1/'

/** @param file its name, such as `1-20.parquet` */
export const archiveKey = (dt: string, file: string): string => `${ARCHIVE_FOLDER}dt=${dt}/${file}`

/** A file that is complete. */
export interface ArchiveFile {
  readonly firstSegment: number
  readonly lastSegment: number
  /** UTC day on which its segments were stored, for example `2026-11-29`. */
  readonly dt: string
  /** Of its object, for example `events/v1/dt=2026-11-29/1-20.parquet`. */
  readonly key: string
  readonly events: number
  readonly bytes: number
  /** Of the object, in hex. */
  readonly sha256: string
  readonly firstStoredAtMs: number
  readonly lastStoredAtMs: number
  readonly writtenAtMs: number
}

export interface ArchiveFileQuery {
  /** The first day, and the first one after the span; undefined for no limit. */
  readonly since?: string | undefined
  readonly until?: string | undefined
  /** The last file of the page before. */
  readonly after?: Pick<ArchiveFile, 'dt' | 'firstSegment'> | undefined
  readonly limit: number
}

const FILE = `
  first_segment AS firstSegment, last_segment AS lastSegment, dt, key, events, bytes, sha256, first_stored_at AS firstStoredAtMs,
  last_stored_at AS lastStoredAtMs, written_at AS writtenAtMs`

/** Files in the order of their segments, which is that of their days. */
export async function listArchiveFiles(
  { db }: Pick<Store, 'db'>,
  { since = '', until = '9999', after = { dt: '', firstSegment: 0 }, limit }: ArchiveFileQuery,
): Promise<readonly ArchiveFile[]> {
  const { results } = await db
    .prepare(
      `SELECT ${FILE} FROM archive_files WHERE state = 'written' AND dt >= ?1 AND dt < ?2 AND (dt, first_segment) > (?3, ?4)
       ORDER BY dt, first_segment LIMIT ?5`,
    )
    .bind(since, until, after.dt, after.firstSegment, limit)
    .all<ArchiveFile>()
  return results
}

export interface ArchiveSums {
  /** The last segment up to which all events are in files, and when it was stored; null if nothing was archived yet. */
  readonly through: { readonly segment: number; readonly storedAtMs: number | null } | null
  readonly files: number
  readonly bytes: number
  readonly events: number
  /** The first and the last day of which there are files; null if there are none. */
  readonly firstDt: string | null
  readonly lastDt: string | null
  /** Events that are in no file yet, and when the first of them was stored. */
  readonly waiting: { readonly events: number; readonly sinceMs: number | null }
}

/** Segments up to this one are in files. An unfinished claim ends it; a merge does not, since its files are complete. */
export const ARCHIVED_THROUGH = `
  SELECT coalesce(
    (SELECT min(first_segment) - 1 FROM archive_files WHERE is_final = 0 AND state = 'claimed' AND merges = 0),
    (SELECT claimed_segment FROM archive_progress), 0) AS segment`

/** SQL: how many events are behind a segment, and when the first of them was stored. It has no row if there are none. */
export const eventsBehind = (segment: string): string => `
  SELECT first.stored_at AS sinceMs,
    (SELECT events_before + events FROM segments ORDER BY segment DESC LIMIT 1) - first.events_before AS events
  FROM (SELECT stored_at, events_before FROM segments WHERE segment > (${segment}) ORDER BY segment LIMIT 1) first`

const SUMS = `
  WITH through AS MATERIALIZED (${ARCHIVED_THROUGH}),
  waiting AS MATERIALIZED (${eventsBehind('SELECT segment FROM through')})
  SELECT (SELECT segment FROM through) AS segment, count(*) AS files, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(events), 0) AS events,
    min(dt) AS firstDt, max(dt) AS lastDt,
    coalesce(
      (SELECT stored_at FROM segments WHERE segment = (SELECT segment FROM through)),
      (SELECT max(last_stored_at) FROM archive_files WHERE state = 'written')) AS storedAtMs,
    coalesce((SELECT events FROM waiting), 0) AS waiting, (SELECT sinceMs FROM waiting) AS sinceMs
  FROM archive_files WHERE state = 'written'`

type Sums = Record<'segment' | 'files' | 'bytes' | 'events' | 'waiting', number> &
  Record<'storedAtMs' | 'sinceMs', number | null> &
  Record<'firstDt' | 'lastDt', string | null>

export async function archiveSums({ db }: Pick<Store, 'db'>): Promise<ArchiveSums> {
  const row = await db.prepare(SUMS).first<Sums>()
  if (row === null) throw new TypeError('a sum has no row')
  const { segment, storedAtMs, files, bytes, events, firstDt, lastDt, waiting, sinceMs } = row
  return {
    through: segment === 0 ? null : { segment, storedAtMs },
    files,
    bytes,
    events,
    firstDt,
    lastDt,
    waiting: { events: waiting, sinceMs },
  }
}
