/** The table of containments: those that last, and those of the last 30 days. */
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import type { ActiveMeasure, Containment, Measure } from './containment.ts'

type Row = {
  id: string
  source: string
  measure: string
  started_at: number
  ends_at: number
  lifted_at: number | null
  lifted_by: string | null
  incident: number | null
  made_by: string
}

/** Of one source at the same time. */
export const ACTIVE_MAX = 50
const KEPT_MS = 30 * 86_400_000
/** Of one source that have ended. */
const ENDED_MAX = 200
const LISTED_MAX = 1_000

/** A containment that gateways obey. */
export type Began = Containment & { readonly measure: Measure }

const TABLE_STEPS = [
  `CREATE TABLE containments (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    measure TEXT NOT NULL,          -- JSON
    started_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    lifted_at INTEGER,
    lifted_by TEXT,
    incident INTEGER,
    made_by TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX containments_of_source ON containments (source, ends_at)`,
]

export class ContainmentTables {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'containments', TABLE_STEPS)
  }

  /** Active containments of a source, the oldest first. */
  active(source: string, nowMs: number): Began[] {
    const query = `SELECT * FROM containments
      WHERE source = ? AND ends_at > ? AND lifted_at IS NULL ORDER BY started_at, id`
    return this.#sql.exec<Row>(query, source, nowMs).toArray().map(containmentOf)
  }

  /** Measures that gateways apply; undefined if there are none. */
  measures(source: string, nowMs: number): readonly ActiveMeasure[] | undefined {
    const active = this.active(source, nowMs)
    return active.length === 0 ? undefined : active.map(({ measure, endsAtMs }) => ({ ...measure, endsAtMs }))
  }

  find(id: string): Began | undefined {
    const [row] = this.#sql.exec<Row>('SELECT * FROM containments WHERE id = ?', id).toArray()
    return row === undefined ? undefined : containmentOf(row)
  }

  /** Newest first. @param source null for all */
  list(source: string | null, nowMs: number): Began[] {
    const query = `SELECT * FROM containments
      WHERE (?1 IS NULL OR source = ?1) AND ends_at > ?2 ORDER BY started_at DESC, id LIMIT ?3`
    return this.#sql
      .exec<Row>(query, source, nowMs - KEPT_MS, LISTED_MAX)
      .toArray()
      .map(containmentOf)
  }

  /** Adds one, or gives one that exists its new end. Forgets those that ended long ago. */
  write(
    { id, source, measure, startedAtMs, endsAtMs, liftedAtMs, liftedBy, incident, by }: Began,
    nowMs: number,
  ): void {
    this.#sql.exec(
      `INSERT INTO containments (id, source, measure, started_at, ends_at, lifted_at, incident, made_by, lifted_by)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
       ON CONFLICT (id) DO UPDATE SET ends_at = ?5, lifted_at = ?6, lifted_by = ?9`,
      id,
      source,
      JSON.stringify(measure),
      startedAtMs,
      endsAtMs,
      liftedAtMs,
      incident,
      by,
      liftedBy,
    )
    this.#sql.exec('DELETE FROM containments WHERE ends_at <= ?', nowMs - KEPT_MS)
    this.#sql.exec(
      `DELETE FROM containments WHERE id IN (
         SELECT id FROM containments WHERE source = ?1 AND (ends_at <= ?2 OR lifted_at IS NOT NULL)
         ORDER BY started_at DESC LIMIT -1 OFFSET ?3)`,
      source,
      nowMs,
      ENDED_MAX,
    )
  }

  remove(source: string): void {
    this.#sql.exec('DELETE FROM containments WHERE source = ?', source)
  }
}

const containmentOf = (row: Row): Began => ({
  id: row.id,
  source: row.source,
  measure: JSON.parse(row.measure) as Measure,
  startedAtMs: row.started_at,
  endsAtMs: row.ends_at,
  liftedAtMs: row.lifted_at,
  liftedBy: row.lifted_by,
  incident: row.incident,
  by: row.made_by,
})
