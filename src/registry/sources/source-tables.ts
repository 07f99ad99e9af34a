/** The tables of sources: their settings, captures, containments and set-ups. */
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import { ContainmentTables } from '../containment/containment-tables.ts'
import type { Stored } from '../owners/owner.ts'
import { OwnerTables } from '../owners/owner-tables.ts'
import type { SecretTables } from '../owners/secret-tables.ts'
import type { SourceConfig } from './document.ts'
import { SOURCES } from './kind.ts'
import type { SetupView } from '../../event/setup-window.ts'
import type { CaptureWindow } from '../../event/captured.ts'

export type StoredSource = Stored<SourceConfig>

export class SourceTables extends OwnerTables<SourceConfig> {
  readonly captures: CaptureWindows
  readonly containments: ContainmentTables
  readonly setups: SetupWindows
  readonly renewals: Renewals
  readonly #sql: SqlStorage

  constructor(storage: TableStorage, secrets: SecretTables) {
    super(storage, secrets, SOURCES)
    this.captures = new CaptureWindows(storage)
    this.containments = new ContainmentTables(storage)
    this.setups = new SetupWindows(storage)
    this.renewals = new Renewals(storage)
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
    this.renewals.remove(name)
  }
}

const KEY = 'setup/'
const NEVER: SetupView = { openedAtMs: null, endsAtMs: null, verifiedAtMs: null }

/** Set-ups of sources whose ESP makes a first call, and which of these have verified a delivery. Gateways learn of it with the source. */
class SetupWindows {
  readonly #kv: SyncKvStorage

  constructor({ kv }: Pick<TableStorage, 'kv'>) {
    this.#kv = kv
  }

  of(source: string): SetupView {
    return this.#kv.get<SetupView>(KEY + source) ?? NEVER
  }

  /** Opens it, or closes it. */
  write(source: string, openedAtMs: number | null, endsAtMs: number | null): void {
    this.#kv.put(KEY + source, { ...this.of(source), openedAtMs, endsAtMs })
  }

  /** Ends the set-up. */
  verified(source: string, atMs: number): void {
    const { openedAtMs, verifiedAtMs } = this.of(source)
    this.#kv.put(KEY + source, { openedAtMs, endsAtMs: null, verifiedAtMs: verifiedAtMs ?? atMs })
  }

  remove(source: string): void {
    this.#kv.delete(KEY + source)
  }
}

const RENEWED = 'renewed/'

/** Versions that gateways know sources by where they are newer than the sources: what is cached with a source has changed then. */
class Renewals {
  readonly #kv: SyncKvStorage

  constructor({ kv }: Pick<TableStorage, 'kv'>) {
    this.#kv = kv
  }

  /** 0 if there was none. */
  of(source: string): number {
    return this.#kv.get<number>(RENEWED + source) ?? 0
  }

  set(source: string, version: number): void {
    this.#kv.put(RENEWED + source, version)
  }

  remove(source: string): void {
    this.#kv.delete(RENEWED + source)
  }
}

const TABLE_STEPS = [
  `CREATE TABLE captures (
    source TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
]

/** Which sources are being captured. Gateways learn of it with the source; what they capture is kept by the refusal log. */
class CaptureWindows {
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
