/** The table of the sources, of the destinations or of the channels, with their secrets. */
import type { OwnerKind, Stored } from './owner.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import type { SecretTables } from './secret-tables.ts'

type OwnerRow = { name: string; version: number; config: string; created_at: number; updated_at: number }

const tableSteps = (table: string) => [
  `CREATE TABLE ${table} (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    config TEXT NOT NULL,           -- JSON
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
]

export class OwnerTables<Config> {
  readonly kind: OwnerKind<Config>
  readonly #table: string
  readonly #sql: SqlStorage
  readonly #secrets: SecretTables

  constructor(storage: TableStorage, secrets: SecretTables, kind: OwnerKind<Config>) {
    this.kind = kind
    this.#table = `${kind.noun}s`
    this.#sql = storage.sql
    this.#secrets = secrets
    makeTables(storage, this.#table, tableSteps(this.#table))
  }

  find(name: string): Stored<Config> | undefined {
    const query = `SELECT * FROM ${this.#table} WHERE name = ?`
    const [row] = this.#sql.exec<OwnerRow>(query, name).toArray()
    return row === undefined ? undefined : this.#ownerOf(row)
  }

  all(): Stored<Config>[] {
    const rows = this.#sql.exec<OwnerRow>(`SELECT * FROM ${this.#table} ORDER BY name`).toArray()
    return rows.map((row) => this.#ownerOf(row))
  }

  /** Settings of all, without secrets. */
  configs(): Pick<Stored<Config>, 'name' | 'config'>[] {
    const rows = this.#sql.exec<Pick<OwnerRow, 'name' | 'config'>>(`SELECT name, config FROM ${this.#table}`)
    return rows.toArray().map(({ name, config }) => ({ name, config: this.kind.saved(config) }))
  }

  names(): string[] {
    const rows = this.#sql.exec<{ name: string }>(`SELECT name FROM ${this.#table}`).toArray()
    return rows.map(({ name }) => name)
  }

  /** Names after the given one, sorted. */
  namesAfter(name: string, limit: number): string[] {
    const rows = this.#sql.exec<{ name: string }>(
      `SELECT name FROM ${this.#table} WHERE name > ? ORDER BY name LIMIT ?`,
      name,
      limit,
    )
    return rows.toArray().map((row) => row.name)
  }

  count(): number {
    return this.#sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${this.#table}`).one().count
  }

  write({ name, version, config, secrets, createdAtMs, updatedAtMs }: Stored<Config>): void {
    this.#sql.exec(
      `INSERT INTO ${this.#table} (name, version, config, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (name) DO UPDATE SET version = ?2, config = ?3, updated_at = ?5`,
      name,
      version,
      JSON.stringify(config),
      createdAtMs,
      updatedAtMs,
    )
    this.#secrets.write(this.kind.keyOf(name), secrets)
  }

  remove(name: string): void {
    this.#sql.exec(`DELETE FROM ${this.#table} WHERE name = ?`, name)
    this.#secrets.remove(this.kind.keyOf(name))
  }

  #ownerOf({ name, version, config, created_at, updated_at }: OwnerRow): Stored<Config> {
    return {
      name,
      version,
      config: this.kind.saved(config),
      secrets: this.#secrets.of(this.kind.keyOf(name)),
      createdAtMs: created_at,
      updatedAtMs: updated_at,
    }
  }
}
