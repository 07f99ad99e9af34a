/** New secrets that an ESP's API has not accepted yet. Until it has, the old version stays active. */
import type { InstallProblem } from '../rotation/secret-version.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

export interface PendingInstall {
  readonly source: string
  readonly slot: string
  readonly version: number
  readonly tries: number
  readonly nextTryAtMs: number
  /** Why the last try failed; null before the first. */
  readonly problem: InstallProblem | null
}

type PendingInstallRow = {
  source: string
  slot: string
  version: number
  tries: number
  next_try_at: number
  problem: InstallProblem | null
}

const TABLE_STEPS = [
  `CREATE TABLE pending_installs (
    source TEXT NOT NULL,
    slot TEXT NOT NULL,
    version INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    problem TEXT,
    PRIMARY KEY (source, slot)
  ) WITHOUT ROWID`,
]

export class PendingInstalls {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'pending_installs', TABLE_STEPS)
  }

  find(source: string, slot: string): PendingInstall | undefined {
    return this.of(source).find((pendingInstall) => pendingInstall.slot === slot)
  }

  of(source: string): PendingInstall[] {
    return this.#sql
      .exec<PendingInstallRow>('SELECT * FROM pending_installs WHERE source = ?', source)
      .toArray()
      .map(pendingInstallOf)
  }

  due(nowMs: number): PendingInstall[] {
    return this.#sql
      .exec<PendingInstallRow>('SELECT * FROM pending_installs WHERE next_try_at <= ? LIMIT 100', nowMs)
      .toArray()
      .map(pendingInstallOf)
  }

  /** When the next one is due; null when there is none. */
  nextTryAtMs(): number | null {
    const query = 'SELECT min(next_try_at) AS at FROM pending_installs'
    return this.#sql.exec<{ at: number | null }>(query).one().at
  }

  /** Replaces an older version that was never set. */
  add(source: string, slot: string, version: number, nowMs: number): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO pending_installs (source, slot, version, tries, next_try_at) VALUES (?, ?, ?, 0, ?)',
      source,
      slot,
      version,
      nowMs,
    )
  }

  failed({ source, slot, version }: PendingInstall, problem: InstallProblem, nextTryAtMs: number): void {
    this.#sql.exec(
      `UPDATE pending_installs SET tries = tries + 1, next_try_at = ?, problem = ?
       WHERE source = ? AND slot = ? AND version = ?`,
      nextTryAtMs,
      problem,
      source,
      slot,
      version,
    )
  }

  remove({ source, slot, version }: Pick<PendingInstall, 'source' | 'slot' | 'version'>): void {
    this.#sql.exec(
      'DELETE FROM pending_installs WHERE source = ? AND slot = ? AND version = ?',
      source,
      slot,
      version,
    )
  }

  removeOf(source: string): void {
    this.#sql.exec('DELETE FROM pending_installs WHERE source = ?', source)
  }
}

const pendingInstallOf = ({ next_try_at, ...row }: PendingInstallRow): PendingInstall => ({
  ...row,
  nextTryAtMs: next_try_at,
})
