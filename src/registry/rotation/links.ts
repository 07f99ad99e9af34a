/**
 * Retrieval links. Each lets a person fetch one version of a secret, once. Only the SHA-256 of a link's token is stored: nobody
 * who reads the storage can use a link.
 */
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

export interface Link {
  /** Lower-case hex of the SHA-256 of the token. */
  readonly sha256: string
  readonly source: string
  readonly slot: string
  readonly version: number
  readonly endsAtMs: number
}

type LinkRow = { sha256: string; source: string; slot: string; version: number; ends_at: number }

const TABLE_STEPS = [
  `CREATE TABLE links (
    sha256 TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    slot TEXT NOT NULL,
    version INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
]

export class Links {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'links', TABLE_STEPS)
  }

  find(sha256: string): Link | undefined {
    const [row] = this.#sql.exec<LinkRow>('SELECT * FROM links WHERE sha256 = ?', sha256).toArray()
    return row && { ...row, endsAtMs: row.ends_at }
  }

  /** A version has one link at most: a new one replaces the previous one. */
  write({ sha256, source, slot, version, endsAtMs }: Link): void {
    this.#sql.exec('DELETE FROM links WHERE source = ? AND slot = ? AND version = ?', source, slot, version)
    this.#sql.exec(
      'INSERT INTO links (sha256, source, slot, version, ends_at) VALUES (?, ?, ?, ?, ?)',
      sha256,
      source,
      slot,
      version,
      endsAtMs,
    )
  }

  remove(sha256: string): void {
    this.#sql.exec('DELETE FROM links WHERE sha256 = ?', sha256)
  }

  /** For a removed source: a later one of the same name has other secrets under the same version numbers. */
  removeOf(source: string): void {
    this.#sql.exec('DELETE FROM links WHERE source = ?', source)
  }

  removeExpired(nowMs: number): void {
    this.#sql.exec('DELETE FROM links WHERE ends_at <= ?', nowMs)
  }
}
