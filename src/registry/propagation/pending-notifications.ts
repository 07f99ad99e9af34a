/** The table of changes that not all guards have acknowledged. */
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

/** A change of a source that not all of its guards have acknowledged. */
export interface PendingNotification {
  readonly name: string
  readonly version: number
  /** Number of guard objects to notify. */
  readonly shards: number
}

const TABLE_STEPS = [
  `CREATE TABLE pending_notifications (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    shards INTEGER NOT NULL
  ) WITHOUT ROWID`,
]

export class PendingNotifications {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'pending_notifications', TABLE_STEPS)
  }

  /** Replaces an older notification of the same source. */
  add({ name, version, shards }: PendingNotification): void {
    this.#sql.exec(
      `INSERT INTO pending_notifications (name, version, shards) VALUES (?1, ?2, ?3)
       ON CONFLICT (name) DO UPDATE SET version = ?2, shards = max(shards, ?3)`,
      name,
      version,
      shards,
    )
  }

  all(): PendingNotification[] {
    return this.#sql
      .exec<{ name: string; version: number; shards: number }>('SELECT * FROM pending_notifications')
      .toArray()
  }

  /** All guards have acknowledged. A newer pending notification is kept. */
  acknowledge({ name, version }: PendingNotification): void {
    this.#sql.exec('DELETE FROM pending_notifications WHERE name = ? AND version = ?', name, version)
  }
}
