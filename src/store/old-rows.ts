/** Rows of the store that are too old: quarantine, dead letters and figures. Each step is bounded and may be repeated. */
import type { Forgotten } from '../platform/forgotten.ts'
import { DAY_MS, HOUR_MS } from '../platform/time.ts'
import { IS_IN_PART } from './named-people.ts'
import { sourcesIn } from './source-names.ts'
import { removeEntries } from './quarantine.ts'
import type { Store } from './store.ts'

type Db = Pick<Store, 'db'>

/**
 * For so many days an entry is kept at most if only some of those whom it names are listed: an erasure may not find it, and must be complete
 * within a month.
 */
export const IN_PART_DAYS = 14

/** Rows older than a time, but none of these sources. */
export interface Old {
  readonly atMs: number
  readonly beforeMs: number
  readonly held: { readonly sources: readonly string[] }
}

/** A table with an index on the time of its rows. */
interface Timed {
  readonly table: 'quarantine' | 'dead_letters'
  readonly time: string
}
export const QUARANTINE: Timed = { table: 'quarantine', time: 'received_at' }
export const DEAD_LETTERS: Timed = { table: 'dead_letters', time: 'last_failed_at' }

/** Bound to the times and the held sources. If any are held, a row without a source may be theirs. */
const isOld = ({ time }: Pick<Timed, 'time'>) =>
  `${time} < ?3 AND (${time} < ?1 OR ${IS_IN_PART}) AND (?2 = '[]' OR source NOT IN (SELECT value FROM json_each(?2)))`

const bound = ({ atMs, beforeMs, held }: Old) =>
  [beforeMs, JSON.stringify(held.sources), Math.max(beforeMs, atMs - IN_PART_DAYS * DAY_MS)] as const

/** Counts old rows, up to a limit. */
export async function countOld({ db }: Db, timed: Timed, old: Old, limit: number): Promise<Forgotten> {
  const row = await db
    .prepare(
      `SELECT (SELECT min(${timed.time}) FROM ${timed.table}) AS oldestMs,
         (SELECT count(*) FROM (SELECT 1 FROM ${timed.table} WHERE ${isOld(timed)} LIMIT ?4)) AS count`,
    )
    .bind(...bound(old), limit + 1)
    .first<{ readonly oldestMs: number | null; readonly count: number }>()
  return counted(row, limit)
}

const counted = (
  row: { readonly oldestMs: number | null; readonly count: number } | null,
  limit: number,
): Forgotten => ({
  count: Math.min(row?.count ?? 0, limit),
  isMore: (row?.count ?? 0) > limit,
  oldestMs: row?.oldestMs ?? null,
})

/** Removes old entries with their bodies. @returns how many */
export async function removeOldQuarantine({ db }: Db, old: Old, limit: number): Promise<number> {
  const ids = await oldIds({ db }, QUARANTINE, old, limit)
  if (ids.length === 0) return 0
  return removeEntries(
    { db },
    ids.map(({ id }) => id),
    old.atMs,
  )
}

/** Old dead letters, oldest first, with the object in which the contents of a large one are. */
export const oldDeadLetters = (
  { db }: Db,
  old: Old,
  limit: number,
): Promise<readonly { readonly id: string; readonly object: string | null }[]> =>
  oldIds({ db }, DEAD_LETTERS, old, limit, `envelope ->> '$.object'`)

/** Removes those that have not failed again since. @returns how many */
export async function removeOldDeadLetters(
  { db }: Db,
  ids: readonly string[],
  beforeMs: number,
): Promise<number> {
  const { meta } = await db
    .prepare('DELETE FROM dead_letters WHERE id IN (SELECT value FROM json_each(?1)) AND last_failed_at < ?2')
    .bind(JSON.stringify(ids), beforeMs)
    .run()
  return meta.changes
}

async function oldIds(
  { db }: Db,
  timed: Timed,
  old: Old,
  limit: number,
  object = 'NULL',
): Promise<readonly { readonly id: string; readonly object: string | null }[]> {
  const { results } = await db
    .prepare(
      `SELECT id, ${object} AS object FROM ${timed.table} WHERE ${isOld(timed)} ORDER BY ${timed.time} LIMIT ?4`,
    )
    .bind(...bound(old), limit)
    .all<{ id: string; object: string | null }>()
  return results
}

/** Figures with a row for each source and span of time, which is counted since the epoch. */
interface Figure {
  readonly table: 'counters' | 'deliverability'
  readonly span: string
  readonly spanMs: number
}

/** All of them. */
export const FIGURES: readonly Figure[] = [
  { table: 'counters', span: 'hour', spanMs: HOUR_MS },
  { table: 'deliverability', span: 'day', spanMs: DAY_MS },
]

/** Bound to the time in spans, the held sources and the limit. */
const oldSpans = ({ table, span }: Figure) => `
  SELECT c.source, c.${span} FROM sources s CROSS JOIN ${table} c ON c.source = s.source AND c.${span} < ?1
  WHERE c.source NOT IN (SELECT value FROM json_each(?2)) LIMIT ?3`

const boundSpans = ({ spanMs }: Figure, { beforeMs, held }: Old) =>
  [Math.floor(beforeMs / spanMs), JSON.stringify(held.sources)] as const

/** Counts old figures, up to a limit. */
export async function countOldFigures(
  { db }: Db,
  figure: Figure,
  old: Old,
  limit: number,
): Promise<Forgotten> {
  const { table, span, spanMs } = figure
  const row = await db
    .prepare(
      `WITH RECURSIVE ${sourcesIn(table)} SELECT (SELECT count(*) FROM (${oldSpans(figure)})) AS count, (
         SELECT min((SELECT min(c.${span}) FROM ${table} c WHERE c.source = s.source)) FROM sources s) * ${spanMs} AS oldestMs`,
    )
    .bind(...boundSpans(figure, old), limit + 1)
    .first<{ readonly oldestMs: number | null; readonly count: number }>()
  return counted(row, limit)
}

/** @returns how many rows were removed */
export async function removeOldFigures({ db }: Db, figure: Figure, old: Old, limit: number): Promise<number> {
  const { meta } = await db
    .prepare(
      `DELETE FROM ${figure.table} WHERE (source, ${figure.span}) IN (WITH RECURSIVE ${sourcesIn(figure.table)} ${oldSpans(figure)})`,
    )
    .bind(...boundSpans(figure, old), limit)
    .run()
  return meta.changes
}
