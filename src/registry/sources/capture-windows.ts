/** Which sources are being captured. Gateways learn of it with the source; what they capture is kept by the refusal log. */
import type { CaptureWindow } from '../../event/captured.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

const TABLE_STEPS = [
  `CREATE TABLE captures (
    source TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
]

export class CaptureWindows {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'captures', TABLE_STEPS)
  }

  /** The capture of a source, unless it is over. */
  at(source: string, nowMs: number): CaptureWindow | undefined {
    const [row] = this.#sql
      .exec<{ started_at: number; ends_at: number }>(
        'SELECT started_at, ends_at FROM captures WHERE source = ? AND ends_at > ?',
        source,
        nowMs,
      )
      .toArray()
    return row === undefined ? undefined : { startedAtMs: row.started_at, endsAtMs: row.ends_at }
  }

  set(source: string, { startedAtMs, endsAtMs }: CaptureWindow): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO captures (source, started_at, ends_at) VALUES (?, ?, ?)',
      source,
      startedAtMs,
      endsAtMs,
    )
  }

  remove(source: string): void {
    this.#sql.exec('DELETE FROM captures WHERE source = ?', source)
  }
}
