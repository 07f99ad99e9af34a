/** The tables of sources: their settings, captures, containments and set-ups. */
import type { TableStorage } from '../../platform/table-steps.ts'
import { CaptureWindows } from './capture-windows.ts'
import { ContainmentTables } from '../containment/containment-tables.ts'
import type { Stored } from '../owners/owner.ts'
import { OwnerTables } from '../owners/owner-tables.ts'
import type { SecretTables } from '../owners/secret-tables.ts'
import type { SourceConfig } from './document.ts'
import { SOURCES } from './kind.ts'
import { SetupWindows } from './setup-windows.ts'

export type StoredSource = Stored<SourceConfig>

export class SourceTables extends OwnerTables<SourceConfig> {
  readonly captures: CaptureWindows
  readonly containments: ContainmentTables
  readonly setups: SetupWindows
  readonly #sql: SqlStorage

  constructor(storage: TableStorage, secrets: SecretTables) {
    super(storage, secrets, SOURCES)
    this.captures = new CaptureWindows(storage)
    this.containments = new ContainmentTables(storage)
    this.setups = new SetupWindows(storage)
    this.#sql = storage.sql
  }

  /** Identity of all sources, and their providers. */
  watched(): { readonly name: string; readonly createdAtMs: number; readonly provider: string }[] {
    return this.#sql
      .exec<{ name: string; createdAtMs: number; provider: string }>(
        `SELECT name, created_at AS createdAtMs, config ->> 'provider' AS provider FROM sources`,
      )
      .toArray()
  }

  /** Undefined if there is no source of this name. */
  createdAtMs(name: string): number | undefined {
    const query = 'SELECT created_at AS createdAtMs FROM sources WHERE name = ?'
    return this.#sql.exec<{ createdAtMs: number }>(query, name).toArray()[0]?.createdAtMs
  }

  override remove(name: string): void {
    super.remove(name)
    this.captures.remove(name)
    this.containments.remove(name)
    this.setups.remove(name)
  }
}
