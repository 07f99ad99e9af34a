/**
 * Since when the store can answer. Segments are removed when they are old. A copy of an event that was removed cannot be told from an
 * event that comes late for the first time. So `before_ms` is raised before anything is removed, and what is older and not stored
 * goes to quarantine.
 */
import { toInstant } from '../platform/time.ts'
import type { Store } from './store.ts'

export interface History {
  /** The largest effective time in a removed segment; 0 if none was ever removed. */
  readonly beforeMs: number
  /** The largest time at which a removed segment was stored. */
  readonly storedMs: number
}

export interface HistoryRow {
  readonly before_ms: number
  readonly stored_ms: number
}

const READ = 'SELECT before_ms, stored_ms FROM history'

export const historyStatement = (db: D1Database): D1PreparedStatement => db.prepare(READ)

export const historyOf = ([row]: readonly HistoryRow[]): History => ({
  beforeMs: row?.before_ms ?? 0,
  storedMs: row?.stored_ms ?? 0,
})

export const readHistory = async ({ db }: Pick<Store, 'db'>): Promise<History> =>
  historyOf((await historyStatement(db).all<HistoryRow>()).results)

/** RFC 3339: the store has all events that happened at this time or later, and came. Null if nothing was ever removed. */
export const sinceOf = ({ beforeMs }: History): string | null =>
  beforeMs === 0 ? null : toInstant(beforeMs + 1)

export const historySince = async (store: Pick<Store, 'db'>): Promise<string | null> =>
  sinceOf(await readHistory(store))

/** SQL: the effective time up to which deliveries to people may be missing, so that a run of soft bounces proves nothing. */
export const DELIVERIES_MISSING_UNTIL = `coalesce((SELECT max(before_ms, blanked_ms) FROM history), 0)`
