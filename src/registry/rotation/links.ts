/**
 * Retrieval links: each stands for one version of a secret that a person fetches once. Of a link's token only the SHA-256 is
 * here: who reads the storage can use no link.
 */
export interface Link {
  /** Lower-case hex of the SHA-256 of the token. */
  readonly sha256: string
  readonly source: string
  readonly slot: string
  readonly version: number
  readonly endsAtMs: number
}

type LinkRow = { sha256: string; source: string; slot: string; version: number; ends_at: number }

export class Links {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS links (
        sha256 TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        slot TEXT NOT NULL,
        version INTEGER NOT NULL,
        ends_at INTEGER NOT NULL
      ) WITHOUT ROWID;`)
  }

  find(sha256: string): Link | undefined {
    const [row] = this.#sql.exec<LinkRow>('SELECT * FROM links WHERE sha256 = ?', sha256).toArray()
    return row && { ...row, endsAtMs: row.ends_at }
  }

  /** A version has one link at most: a new one ends the one before. */
  write({ sha256, source, slot, version, endsAtMs }: Link): void {
    this.#sql.exec('DELETE FROM links WHERE source = ? AND slot = ? AND version = ?', source, slot, version)
    this.#sql.exec('INSERT INTO links VALUES (?, ?, ?, ?, ?)', sha256, source, slot, version, endsAtMs)
  }

  drop(sha256: string): void {
    this.#sql.exec('DELETE FROM links WHERE sha256 = ?', sha256)
  }

  /** With their source: one of the same name later has other secrets under the same numbers. */
  dropOf(source: string): void {
    this.#sql.exec('DELETE FROM links WHERE source = ?', source)
  }

  dropEnded(nowMs: number): void {
    this.#sql.exec('DELETE FROM links WHERE ends_at <= ?', nowMs)
  }
}
