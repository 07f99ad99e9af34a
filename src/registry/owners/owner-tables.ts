/** The table of the sources, of the destinations or of the channels, with their secrets. */
import type { Stored } from './owner.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import type { SecretTables } from './secret-tables.ts'

type OwnerRow = { name: string; version: number; config: string; created_at: number; updated_at: number }

interface Form<Config> {
  readonly table: 'sources' | 'destinations' | 'channels'
  readonly keyOf: (name: string) => string
  /** Reads saved settings, with the defaults of settings that were added later. */
  readonly read: (json: string) => Config
}

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
  readonly #sql: SqlStorage
  readonly #secrets: SecretTables
  readonly #form: Form<Config>

  constructor(storage: TableStorage, secrets: SecretTables, form: Form<Config>) {
    this.#sql = storage.sql
    this.#secrets = secrets
    this.#form = form
    makeTables(storage, form.table, tableSteps(form.table))
  }

  find(name: string): Stored<Config> | undefined {
    const query = `SELECT * FROM ${this.#form.table} WHERE name = ?`
    const [row] = this.#sql.exec<OwnerRow>(query, name).toArray()
    return row === undefined ? undefined : this.#ownerOf(row)
  }

  all(): Stored<Config>[] {
    const rows = this.#sql.exec<OwnerRow>(`SELECT * FROM ${this.#form.table} ORDER BY name`).toArray()
    return rows.map((row) => this.#ownerOf(row))
  }

  names(): string[] {
    const rows = this.#sql.exec<{ name: string }>(`SELECT name FROM ${this.#form.table}`).toArray()
    return rows.map(({ name }) => name)
  }

  /** Names after the given one, sorted. */
  namesAfter(name: string, limit: number): string[] {
    const rows = this.#sql.exec<{ name: string }>(
      `SELECT name FROM ${this.#form.table} WHERE name > ? ORDER BY name LIMIT ?`,
      name,
      limit,
    )
    return rows.toArray().map((row) => row.name)
  }

  count(): number {
    return this.#sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${this.#form.table}`).one().count
  }

  write({ name, version, config, secrets, createdAtMs, updatedAtMs }: Stored<Config>): void {
    this.#sql.exec(
      `INSERT INTO ${this.#form.table} (name, version, config, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (name) DO UPDATE SET version = ?2, config = ?3, updated_at = ?5`,
      name,
      version,
      JSON.stringify(config),
      createdAtMs,
      updatedAtMs,
    )
    this.#secrets.write(this.#form.keyOf(name), secrets)
  }

  remove(name: string): void {
    this.#sql.exec(`DELETE FROM ${this.#form.table} WHERE name = ?`, name)
    this.#secrets.remove(this.#form.keyOf(name))
  }

  #ownerOf({ name, version, config, created_at, updated_at }: OwnerRow): Stored<Config> {
    return {
      name,
      version,
      config: this.#form.read(config),
      secrets: this.#secrets.of(this.#form.keyOf(name)),
      createdAtMs: created_at,
      updatedAtMs: updated_at,
    }
  }
}
