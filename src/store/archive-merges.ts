/** Merges of the archive's small files, once their day is over, and the deletion of what they replace. */
import { CLAIM, CLAIMED, type Claim, DAY_OF, type FileBounds } from './archive-claims.ts'
import type { Store } from './store.ts'
import { DAY_MS, HOUR_MS } from '../platform/time.ts'

type Db = Pick<Store, 'db'>

/**
 * After the end of a day, until its files are merged, if nothing was stored since. A consumer reads its clock before its transaction,
 * and takes a quarter of an hour at most.
 */
const LATE_SEGMENTS_MS = HOUR_MS

/**
 * How long the object of a replaced file stays. Until then the database can be restored to a time at which the file counted, and
 * could not know that its object is gone. Time Travel goes back 30 days (developers.cloudflare.com/d1/reference/time-travel, read
 * 2026-12-02); the other day is for clocks, and for writers and sweepers that were slow.
 */
export const REPLACED_STAYS_MS = 31 * DAY_MS

interface DayFile {
  readonly firstSegment: number
  readonly lastSegment: number
  readonly isFinal: number
  readonly events: number
  readonly contentsBytes: number
}

/** The first day with files that may be merged, if no segment of it is still to come or waits. Bound to the time. */
const OVER = `
  SELECT dt FROM (
    SELECT dt, last_stored_at FROM archive_files WHERE is_final = 0 AND state = 'written' ORDER BY first_segment LIMIT 1) f
  WHERE NOT EXISTS (SELECT 1 FROM archive_files WHERE is_final = 0 AND state = 'claimed' AND dt <= f.dt)
    AND coalesce(
      (SELECT ${DAY_OF('stored_at')} > ${DAY_OF('f.last_stored_at')} FROM segments WHERE segment > ${CLAIMED} ORDER BY segment LIMIT 1),
      ${DAY_OF(`?1 - ${LATE_SEGMENTS_MS}`)} > ${DAY_OF('f.last_stored_at')})`

const FILES_OF_DAY = `
  SELECT first_segment AS firstSegment, last_segment AS lastSegment, is_final AS isFinal, events, contents_bytes AS contentsBytes
  FROM archive_files WHERE state = 'written' AND dt = ?1 ORDER BY first_segment`

const CLAIM_MERGE = `
  INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, merges, events, contents_bytes, first_stored_at,
    last_stored_at, claimed_at)
  SELECT min(first_segment), max(last_segment), min(dt), 'claimed', ?3, count(*), sum(events), sum(contents_bytes), min(first_stored_at),
    max(last_stored_at), ?4
  FROM archive_files WHERE first_segment >= ?1 AND last_segment <= ?2 AND state = 'written' AND is_final = 0
  HAVING count(*) = ?5 AND NOT EXISTS (
    SELECT 1 FROM archive_files WHERE first_segment <= ?2 AND last_segment >= ?1 AND state = 'claimed')
  ON CONFLICT DO NOTHING
  RETURNING ${CLAIM}`

/**
 * Claims a merge of neighbors of a day that is over. If that day has none, its files stay as they are, and the next call looks at the
 * next day.
 */
export async function claimMerge(
  { db }: Db,
  bounds: FileBounds,
  claimId: string,
  nowMs: number,
): Promise<Claim | 'none' | 'day done'> {
  const day = await db.prepare(OVER).bind(nowMs).first<{ readonly dt: string }>()
  if (day === null) return 'none'
  const { results } = await db.prepare(FILES_OF_DAY).bind(day.dt).all<DayFile>()
  const group = firstGroup(results, bounds)
  const [first, last] = [group[0], group.at(-1)]
  if (first === undefined || last === undefined) {
    await db
      .prepare(
        `UPDATE archive_files SET is_final = 1 WHERE is_final = 0 AND state = 'written' AND dt = ?1
           AND NOT EXISTS (SELECT 1 FROM archive_files WHERE is_final = 0 AND state = 'claimed' AND dt = ?1)`,
      )
      .bind(day.dt)
      .run()
    return 'day done'
  }
  const span = [first.firstSegment, last.lastSegment]
  const claim = db.prepare(CLAIM_MERGE).bind(...span, claimId, nowMs, group.length)
  // Another writer may have claimed it meanwhile: then the next run finds the claim.
  return (await claim.first<Claim>()) ?? 'none'
}

/** The first two files or more that lie side by side and fit into one. */
function firstGroup(files: readonly DayFile[], bounds: FileBounds): readonly DayFile[] {
  let group: DayFile[] = []
  for (const file of files) {
    const sum = [...group, file].reduce(
      ({ events, contentsBytes }, one) => ({
        events: events + one.events,
        contentsBytes: contentsBytes + one.contentsBytes,
      }),
      { events: 0, contentsBytes: 0 },
    )
    const fits =
      file.isFinal === 0 && sum.events <= bounds.events && sum.contentsBytes <= bounds.contentsBytes
    if (fits) group.push(file)
    else if (group.length > 1) return group
    else group = file.isFinal === 0 ? [file] : []
  }
  return group.length > 1 ? group : []
}

/** Files whose objects are to be deleted. */
export async function filesToSweep({ db }: Db, limit: number, nowMs: number): Promise<readonly Claim[]> {
  const { results } = await db
    .prepare(`SELECT ${CLAIM} FROM archive_files WHERE state = 'replaced' AND replaced_at <= ?1 LIMIT ?2`)
    .bind(nowMs - REPLACED_STAYS_MS, limit)
    .all<Claim>()
  return results
}

/** Removes the rows of files whose objects were deleted. */
export async function removeSwept({ db }: Db, files: readonly Claim[]): Promise<void> {
  await db
    .prepare(
      `DELETE FROM archive_files WHERE state = 'replaced' AND claim_id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(files.map(({ claimId }) => claimId)))
    .run()
}
