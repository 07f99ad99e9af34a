/** The registry's tables: sources, versions of their secrets, and pending notifications. */
import { type SourceConfig, savedConfig } from './document.ts'
import { PendingInstalls } from '../installation/pending-installs.ts'
import { Leaks } from '../rotation/leaks.ts'
import { Links } from '../rotation/links.ts'
import { rotationsOf } from '../rotation/schedule.ts'
import type { StoredSecret } from '../rotation/transitions.ts'
import { shownConfig } from './public-url.ts'
import type { SecretState, SecretVersion } from '../rotation/secret-version.ts'
import type { SourceView } from './source.ts'

export interface StoredSource {
  readonly name: string
  readonly version: number
  readonly config: SourceConfig
  readonly secrets: readonly StoredSecret[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** A change of a source that not all of its guards have acknowledged. */
export interface PendingNotification {
  readonly name: string
  readonly version: number
  /** Number of guard objects to notify. */
  readonly shards: number
}

type SourceRow = { name: string; version: number; config: string; created_at: number; updated_at: number }
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

export class RegistryTables {
  readonly leaks: Leaks
  readonly links: Links
  readonly pendingInstalls: PendingInstalls
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.leaks = new Leaks(sql)
    this.links = new Links(sql)
    this.pendingInstalls = new PendingInstalls(sql)
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS sources (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        config TEXT NOT NULL,           -- JSON of SourceConfig
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS secrets (
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
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS pending_notifications (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        shards INTEGER NOT NULL
      ) WITHOUT ROWID;`)
  }

  find(name: string): StoredSource | undefined {
    const [row] = this.#sql.exec<SourceRow>('SELECT * FROM sources WHERE name = ?', name).toArray()
    return row === undefined ? undefined : this.#sourceOf(row)
  }

  all(): StoredSource[] {
    const rows = this.#sql.exec<SourceRow>('SELECT * FROM sources ORDER BY name').toArray()
    return rows.map((row) => this.#sourceOf(row))
  }

  names(): string[] {
    const rows = this.#sql.exec<{ name: string }>('SELECT name FROM sources').toArray()
    return rows.map(({ name }) => name)
  }

  /** Names after the given one, sorted. */
  namesAfter(name: string, limit: number): string[] {
    const rows = this.#sql.exec<{ name: string }>(
      'SELECT name FROM sources WHERE name > ? ORDER BY name LIMIT ?',
      name,
      limit,
    )
    return rows.toArray().map((row) => row.name)
  }

  count(): number {
    return this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM sources').one().count
  }

  write({ name, version, config, secrets, createdAtMs, updatedAtMs }: StoredSource): void {
    this.#sql.exec(
      `INSERT INTO sources (name, version, config, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (name) DO UPDATE SET version = ?2, config = ?3, updated_at = ?5`,
      name,
      version,
      JSON.stringify(config),
      createdAtMs,
      updatedAtMs,
    )
    this.#sql.exec('DELETE FROM secrets WHERE source = ?', name)
    for (const secret of secrets) {
      this.#sql.exec(
        `INSERT INTO secrets (source, slot, version, state, origin, created_at, activated_at, accepted_until, revoked_at, sealed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        name,
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
        name,
      )
  }

  remove(name: string): void {
    this.#sql.exec('DELETE FROM sources WHERE name = ?', name)
    this.#sql.exec('DELETE FROM secrets WHERE source = ?', name)
    this.links.removeOf(name)
    this.pendingInstalls.removeOf(name)
  }

  /** Replaces an older notification of the same source. */
  addPendingNotification({ name, version, shards }: PendingNotification): void {
    this.#sql.exec(
      `INSERT INTO pending_notifications (name, version, shards) VALUES (?1, ?2, ?3)
       ON CONFLICT (name) DO UPDATE SET version = ?2, shards = max(shards, ?3)`,
      name,
      version,
      shards,
    )
  }

  pendingNotifications(): PendingNotification[] {
    return this.#sql
      .exec<{ name: string; version: number; shards: number }>('SELECT * FROM pending_notifications')
      .toArray()
  }

  /** All guards have acknowledged. A newer pending notification is kept. */
  acknowledge({ name, version }: PendingNotification): void {
    this.#sql.exec('DELETE FROM pending_notifications WHERE name = ? AND version = ?', name, version)
  }

  /** What an operator may see of a source. */
  view({ secrets, ...source }: StoredSource, nowMs: number): SourceView {
    return {
      ...source,
      config: shownConfig(source.config),
      secrets: secrets.map(({ sealed: _sealed, ...version }) => version),
      rotations: rotationsOf(source.config, secrets, this.pendingInstalls.of(source.name), nowMs),
    }
  }

  #sourceOf({ name, version, config, created_at, updated_at }: SourceRow): StoredSource {
    const secrets = this.#sql.exec<SecretRow>(
      'SELECT * FROM secrets WHERE source = ? ORDER BY slot, version',
      name,
    )
    return {
      name,
      version,
      config: savedConfig(config),
      secrets: secrets.toArray().map(secretOf),
      createdAtMs: created_at,
      updatedAtMs: updated_at,
    }
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
