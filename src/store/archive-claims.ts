/**
 * Claims of spans of segments for the files of the archive. A span is claimed in one statement behind the last one, then its file is
 * put, then the claim is marked as written. Whoever finds a claim that is not finished takes it again with the same span. So each
 * event is in one file, also if a writer dies at any step or two write at once.
 */
import { type ArchiveFile, eventsBehind } from './archive-files.ts'
import type { Store } from './store.ts'
import { DAY_MS, dayOf } from '../platform/time.ts'

/** Of one file: an isolate has 128 MB for all its objects, and the archive holds what was read beside what is written. */
export const FILE_MAX_EVENTS = 25_000
export const FILE_MAX_CONTENTS_BYTES = 8_000_000

/** A file of so much of the largest size is never merged: its events would be read again for a few others. */
const FULL_SHARE = 0.8

export interface Claim {
  readonly firstSegment: number
  readonly lastSegment: number
  readonly dt: string
  /** In the metadata of the object, so that an object older than a restore of the database is known as foreign. */
  readonly claimId: string
  /** How many files it replaces; 0 for new events. */
  readonly merges: number
  /** Of a merge, those of the files. Otherwise those of the segments, some of which may be blanked. */
  readonly events: number
  readonly claimedAtMs: number
}

type Db = Pick<Store, 'db'>

/** Bounds of a file. Tests have smaller ones. */
export interface FileBounds {
  readonly events: number
  readonly contentsBytes: number
}

/** When a span is claimed. */
export interface ClaimBounds extends FileBounds {
  /** Events wait no longer than this, however few there are. */
  readonly waitMs: number
}

export const FILE_BOUNDS: FileBounds = { events: FILE_MAX_EVENTS, contentsBytes: FILE_MAX_CONTENTS_BYTES }

/** SQL for the columns of a claim. */
export const CLAIM = `first_segment AS firstSegment, last_segment AS lastSegment, dt, claim_id AS claimId, merges, events, claimed_at AS claimedAtMs`

const OPEN = `SELECT ${CLAIM} FROM archive_files WHERE is_final = 0 AND state = 'claimed' AND (merges > 0) = ?1 ORDER BY first_segment LIMIT 1`

/** A claim that is not finished. A merge that cannot be finished does not keep new events waiting. */
export const openClaim = ({ db }: Db, of: 'new events' | 'a merge'): Promise<Claim | null> =>
  db
    .prepare(OPEN)
    .bind(of === 'a merge' ? 1 : 0)
    .first<Claim>()

/** SQL: the last segment that was ever claimed. */
export const CLAIMED = `(SELECT coalesce((SELECT claimed_segment FROM archive_progress), 0))`

/** SQL for the day of a time. A number that is bound is REAL, and would be divided as such. */
export const DAY_OF = (ms: string): string => `CAST(${ms} AS INTEGER) / ${DAY_MS}`

/**
 * The walk takes segments as long as they are of the first one's day and fit into a file. Its last row is one that does not fit, if
 * there is one: then nothing can be added to the span. Segments of much later than now were stored after a clock was wrong, and their times
 * do not tell how long they wait: of them there is a file in each time of waiting.
 */
const CLAIM_SPAN = `
  INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, events, contents_bytes, first_stored_at, last_stored_at,
    claimed_at)
  WITH RECURSIVE walk (segment, events, bytes, first_at, stored_at, fits) AS (
    SELECT * FROM (
      SELECT segment, events, octet_length(contents), stored_at, stored_at, 1 FROM segments WHERE segment > ${CLAIMED} ORDER BY segment LIMIT 1)
    UNION ALL
    SELECT s.segment, w.events + s.events, w.bytes + octet_length(s.contents), w.first_at, s.stored_at,
      ${DAY_OF('s.stored_at')} = ${DAY_OF('w.first_at')} AND w.events + s.events <= ?1 AND w.bytes + octet_length(s.contents) <= ?2
    FROM walk w CROSS JOIN segments s ON s.segment = (SELECT n.segment FROM segments n WHERE n.segment > w.segment ORDER BY n.segment LIMIT 1)
    WHERE w.fits)
  SELECT min(segment), max(segment), date(min(first_at) / 1000, 'unixepoch'), 'claimed', ?3, max(events), max(bytes), min(first_at),
    max(stored_at), ?4
  FROM walk WHERE fits
  HAVING count(*) > 0 AND ((SELECT count(*) FROM walk) > count(*) OR min(first_at) <= ?4 - ?5
    OR ${DAY_OF('min(first_at)')} < ${DAY_OF('?4')}
    OR (min(first_at) > ?4 + ?5 AND NOT EXISTS (SELECT 1 FROM archive_files WHERE claimed_at BETWEEN ?4 - ?5 + 1 AND ?4)))
  RETURNING ${CLAIM}`

const NOTE_CLAIMED = `
  INSERT INTO archive_progress (one, claimed_segment) SELECT 1, last_segment FROM archive_files WHERE claim_id = ?1 AND is_final = 0
  ON CONFLICT (one) DO UPDATE SET claimed_segment = max(claimed_segment, excluded.claimed_segment)`

/** Claims the next span, if it fills a file, has waited for long enough, or its day is over. @param claimId a new one */
export async function claimSpan(
  { db }: Db,
  { events, contentsBytes, waitMs }: ClaimBounds,
  claimId: string,
  nowMs: number,
): Promise<Claim | null> {
  const [claimed] = await db.batch<Claim>([
    db.prepare(CLAIM_SPAN).bind(events, contentsBytes, claimId, nowMs, waitMs),
    db.prepare(NOTE_CLAIMED).bind(claimId),
  ])
  return claimed?.results[0] ?? null
}

/** Whether a span may be due. It reads two segments, where a claim reads as many as fit into a file. */
export async function isClaimDue({ db }: Db, bounds: ClaimBounds, nowMs: number): Promise<boolean> {
  const unclaimed = db.prepare(eventsBehind(CLAIMED))
  const waiting = await unclaimed.first<{ readonly sinceMs: number; readonly events: number }>()
  if (waiting === null) return false
  const { sinceMs, events } = waiting
  const waits = Math.abs(nowMs - sinceMs) >= bounds.waitMs
  return events >= bounds.events || waits || dayOf(sinceMs) < dayOf(nowMs)
}

const IS_OPEN_CLAIM = `first_segment = ?1 AND last_segment = ?2 AND claim_id = ?3 AND state = 'claimed'`

const WRITTEN = `
  UPDATE archive_files SET state = 'written', key = ?4, events = ?5, bytes = ?6, sha256 = ?7, written_at = ?8,
    is_final = (events >= ?9 OR contents_bytes >= ?10)
  WHERE ${IS_OPEN_CLAIM}`

/** The files of a merge, if its claim is written. */
const REPLACED = `
  UPDATE archive_files SET state = 'replaced', is_final = 0, replaced_at = ?4
  WHERE first_segment >= ?1 AND last_segment <= ?2 AND claim_id <> ?3 AND state = 'written' AND EXISTS (
    SELECT 1 FROM archive_files WHERE first_segment = ?1 AND last_segment = ?2 AND claim_id = ?3 AND state = 'written' AND merges > 0)`

export type PutFile = Pick<ArchiveFile, 'key' | 'events' | 'bytes' | 'sha256'>

/** Marks a claim as written, and the files that it merges as replaced. Does nothing if somebody else has done it. */
export async function finishClaim(
  { db }: Db,
  { firstSegment, lastSegment, claimId }: Claim,
  { key, events, bytes, sha256 }: PutFile,
  { events: maxEvents, contentsBytes }: FileBounds,
  nowMs: number,
): Promise<boolean> {
  const span = [firstSegment, lastSegment, claimId]
  const full = [maxEvents * FULL_SHARE, contentsBytes * FULL_SHARE]
  const [written] = await db.batch([
    db.prepare(WRITTEN).bind(...span, key, events, bytes, sha256, nowMs, ...full),
    db.prepare(REPLACED).bind(...span, nowMs),
  ])
  return written?.meta.changes === 1
}

/**
 * Ends a claim without a file: its events are gone, or are no longer all there for a merge. Then the files of the merge stay as they
 * are, for good.
 */
export async function dropClaim(
  { db }: Db,
  { firstSegment, lastSegment, claimId }: Claim,
  nowMs: number,
): Promise<void> {
  const span = [firstSegment, lastSegment, claimId]
  await db.batch([
    db
      .prepare(
        `UPDATE archive_files SET is_final = 1 WHERE first_segment >= ?1 AND last_segment <= ?2 AND state = 'written' AND is_final = 0
           AND EXISTS (SELECT 1 FROM archive_files WHERE ${IS_OPEN_CLAIM})`,
      )
      .bind(...span),
    db
      .prepare(`UPDATE archive_files SET state = 'replaced', replaced_at = ?4 WHERE ${IS_OPEN_CLAIM}`)
      .bind(...span, nowMs),
  ])
}

/** Segments behind `after`, up to `upTo`. */
export interface FinalSpan {
  readonly after: number
  readonly upTo: number
}

/** SQL: the last segment before the files, and the last one before a file that does not stay as it is. */
const FINAL_AFTER = `coalesce(
  (SELECT first_segment - 1 FROM archive_files WHERE state = 'written' ORDER BY first_segment LIMIT 1), ${CLAIMED})`
const FINAL_UP_TO = `coalesce(
  (SELECT min(first_segment) - 1 FROM archive_files WHERE is_final = 0 AND state IN ('claimed', 'written')), ${CLAIMED})`

/** SQL: whether a segment is in that span. */
export const IS_FINAL = `segment > ${FINAL_AFTER} AND segment <= ${FINAL_UP_TO}`

/**
 * Segments that the archive has, in files that stay as they are. Those before have no files any more: retention has removed them, so
 * what the store still has of them is nowhere else.
 */
export async function finalSpan({ db }: Db): Promise<FinalSpan> {
  const row = await db.prepare(`SELECT ${FINAL_AFTER} AS after, ${FINAL_UP_TO} AS upTo`).first<FinalSpan>()
  return row ?? { after: 0, upTo: 0 }
}
