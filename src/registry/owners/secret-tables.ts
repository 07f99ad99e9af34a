/** The tables about secrets, of all owners: versions, retrieval links, pending installs, and hashes of leaked values. */
import { PendingInstalls } from '../installation/pending-installs.ts'
import { Leaks } from '../rotation/leaks.ts'
import { Links } from '../rotation/links.ts'
import type { SecretState, SecretVersion } from '../rotation/secret-version.ts'
import type { StoredSecret } from '../rotation/transitions.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

type SecretRow = {
  slot: string
  version: number
  state: SecretState
  origin: SecretVersion['origin']
  created_at: number
  activated_at: number | null
  accepted_until: number | null
  revoked_at: number | null
  sealed: ArrayBuffer | null
}

const TABLE_STEPS = [
  `CREATE TABLE secrets (
    source TEXT NOT NULL,
    slot TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    origin TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    activated_at INTEGER,
    accepted_until INTEGER,
    revoked_at INTEGER,
    sealed BLOB,                    -- JSON of Secret; null once revoked
    PRIMARY KEY (source, slot, version)
  ) WITHOUT ROWID`,
]

export class SecretTables {
  readonly leaks: Leaks
  readonly links: Links
  readonly pendingInstalls: PendingInstalls
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.leaks = new Leaks(storage)
    this.links = new Links(storage)
    this.pendingInstalls = new PendingInstalls(storage)
    this.#sql = storage.sql
    // In all of these tables the column `source` has the owner's key: `shop`, or `destination/app`.
    makeTables(storage, 'secrets', TABLE_STEPS)
  }

  /** Every version, sorted by slot and version. */
  of(owner: string): StoredSecret[] {
    const query = 'SELECT * FROM secrets WHERE source = ? ORDER BY slot, version'
    return this.#sql.exec<SecretRow>(query, owner).toArray().map(secretOf)
  }

  /** Replaces all versions of an owner. */
  write(owner: string, secrets: readonly StoredSecret[]): void {
    this.#sql.exec('DELETE FROM secrets WHERE source = ?', owner)
    for (const secret of secrets) {
      this.#sql.exec(
        `INSERT INTO secrets (source, slot, version, state, origin, created_at, activated_at, accepted_until, revoked_at, sealed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        owner,
        secret.slot,
        secret.version,
        secret.state,
        secret.origin,
        secret.createdAtMs,
        secret.activatedAtMs,
        secret.acceptedUntilMs,
        secret.revokedAtMs,
        secret.sealed,
      )
    }
    // A restored backup does not know newer versions, so their numbers can be used again.
    for (const table of ['links', 'pending_installs'])
      this.#sql.exec(
        `DELETE FROM ${table} WHERE source = ?1 AND NOT EXISTS (
           SELECT 1 FROM secrets s WHERE s.source = ?1 AND s.slot = ${table}.slot
             AND s.version = ${table}.version AND s.sealed IS NOT NULL)`,
        owner,
      )
  }

  remove(owner: string): void {
    this.#sql.exec('DELETE FROM secrets WHERE source = ?', owner)
    this.links.removeOf(owner)
    this.pendingInstalls.removeOf(owner)
  }
}

const secretOf = (row: SecretRow): StoredSecret => ({
  slot: row.slot,
  version: row.version,
  state: row.state,
  origin: row.origin,
  createdAtMs: row.created_at,
  activatedAtMs: row.activated_at,
  acceptedUntilMs: row.accepted_until,
  revokedAtMs: row.revoked_at,
  sealed: row.sealed === null ? null : new Uint8Array(row.sealed),
})
