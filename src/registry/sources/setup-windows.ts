/** Set-ups of sources whose ESP makes a first call, and which of these have verified a delivery. Gateways learn of it with the source. */
import type { SetupView } from '../../event/setup-window.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

const TABLE_STEPS = [
  `CREATE TABLE setups (
    source TEXT PRIMARY KEY,
    opened_at INTEGER,
    ends_at INTEGER,                -- null if it was closed
    verified_at INTEGER             -- of the first verified delivery
  ) WITHOUT ROWID`,
]

type Row = { source: string; opened_at: number | null; ends_at: number | null; verified_at: number | null }

export class SetupWindows {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'setups', TABLE_STEPS)
  }

  of(source: string): SetupView {
    const [row] = this.#sql.exec<Row>('SELECT * FROM setups WHERE source = ?', source).toArray()
    const { opened_at = null, ends_at = null, verified_at = null } = row ?? {}
    return { openedAtMs: opened_at, endsAtMs: ends_at, verifiedAtMs: verified_at }
  }

  open(source: string, openedAtMs: number, endsAtMs: number): void {
    this.#sql.exec(
      `INSERT INTO setups (source, opened_at, ends_at) VALUES (?1, ?2, ?3)
       ON CONFLICT (source) DO UPDATE SET opened_at = ?2, ends_at = ?3`,
      source,
      openedAtMs,
      endsAtMs,
    )
  }

  close(source: string): void {
    this.#sql.exec('UPDATE setups SET ends_at = NULL WHERE source = ?', source)
  }

  /** Ends the set-up for good. */
  verified(source: string, atMs: number): void {
    this.#sql.exec(
      `INSERT INTO setups (source, verified_at) VALUES (?1, ?2)
       ON CONFLICT (source) DO UPDATE SET verified_at = coalesce(verified_at, ?2), ends_at = NULL`,
      source,
      atMs,
    )
  }

  remove(source: string): void {
    this.#sql.exec('DELETE FROM setups WHERE source = ?', source)
  }
}
