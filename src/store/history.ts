/**
 * Since when the store can answer. Segments are removed when they are old. A copy of an event that was removed cannot be told from an
 * event that comes late for the first time. So `before_ms` is raised before anything is removed, and what is older and not stored
 * goes to quarantine.
 */
import { toInstant } from '../platform/time.ts'
import type { Store } from './store.ts'

export interface History {
  /** The largest effective time in a removed segment; -1 if none was ever removed. */
  readonly beforeMs: number
  /** The largest time at which a removed segment was stored. */
  readonly storedMs: number
}

export interface HistoryRow {
  readonly before_ms: number
  readonly stored_ms: number
}

const READ = 'SELECT before_ms, stored_ms FROM history'

export const historyStatement = (db: D1Database): D1PreparedStatement => db.prepare(READ).bind()

export const historyOf = ([row]: readonly HistoryRow[]): History => ({
  beforeMs: row?.before_ms ?? -1,
  storedMs: row?.stored_ms ?? -1,
})

/** The events of a transaction that depend on history. */
export interface Dependence {
  /** The earliest effective time among the events, but for those that were let in; infinite if there is none. */
  readonly fromMs: number
  /** When the first of the others was let in; infinite if none was. */
  readonly letInMs: number
}

/**
 * A statement that fails its transaction if history has reached one of its events since it was read: the segment that holds it may be
 * gone since then. It writes nothing.
 */
export const failIfReached = (db: D1Database, { fromMs, letInMs }: Dependence): D1PreparedStatement =>
  db
    .prepare(
      `SELECT json('history has risen: this is no JSON') FROM history WHERE before_ms >= ?1 OR stored_ms >= ?2`,
    )
    .bind(atMost(fromMs), atMost(letInMs))

const atMost = (ms: number): number => Math.min(ms, Number.MAX_SAFE_INTEGER)

export async function readHistory({ db }: Pick<Store, 'db'>): Promise<History> {
  const [answer] = await db.batch<HistoryRow>([historyStatement(db)])
  return historyOf(answer?.results ?? [])
}

/** RFC 3339: the store has all events that happened at this time or later, and came. Null if nothing was ever removed. */
export const sinceOf = ({ beforeMs }: History): string | null =>
  beforeMs === -1 ? null : toInstant(beforeMs + 1)

export const historySince = async (store: Pick<Store, 'db'>): Promise<string | null> =>
  sinceOf(await readHistory(store))

/** SQL: the effective time up to which deliveries to people may be missing, so that a run of soft bounces proves nothing. */
export const DELIVERIES_MISSING_UNTIL = `coalesce((SELECT max(before_ms, blanked_ms) FROM history), -1)`
