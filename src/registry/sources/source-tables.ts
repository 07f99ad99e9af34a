/** The registry's tables: sources, destinations, versions of their secrets, and pending notifications. */
import { CaptureWindows } from '../capture/windows.ts'
import { Containments } from '../containment/containments.ts'
import { CHANNEL_RULES } from '../channels/rules.ts'
import { DESTINATION_RULES } from '../destinations/rules.ts'
import type { ChannelConfig } from '../../channels/document.ts'
import { type DestinationConfig, savedDestination } from '../destinations/document.ts'
import type { Stored } from '../owners/owner.ts'
import { OwnerTables } from '../owners/owner-tables.ts'
import { SecretTables } from '../owners/secret-tables.ts'
import { rotationsOf } from '../rotation/schedule.ts'
import { type SourceConfig, savedConfig } from './document.ts'
import { shownConfig } from './public-url.ts'
import { missingSecrets } from './rules.ts'
import type { SourceView } from './source.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

export type StoredSource = Stored<SourceConfig>

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

export class RegistryTables extends OwnerTables<SourceConfig> {
  readonly captures: CaptureWindows
  readonly containments: Containments
  readonly secrets: SecretTables
  readonly destinations: OwnerTables<DestinationConfig>
  readonly channels: OwnerTables<ChannelConfig>
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    const secrets = new SecretTables(storage)
    super(storage, secrets, { table: 'sources', keyOf: (name) => name, read: savedConfig })
    this.captures = new CaptureWindows(storage)
    this.containments = new Containments(storage)
    this.secrets = secrets
    this.destinations = new OwnerTables(storage, secrets, {
      table: 'destinations',
      keyOf: DESTINATION_RULES.keyOf,
      read: savedDestination,
    })
    this.channels = new OwnerTables(storage, secrets, {
      table: 'channels',
      keyOf: CHANNEL_RULES.keyOf,
      read: (json) => JSON.parse(json) as ChannelConfig,
    })
    this.#sql = storage.sql
    makeTables(storage, 'pending_notifications', TABLE_STEPS)
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

  /** View of a source for operators. */
  view({ secrets, ...source }: StoredSource, nowMs: number): SourceView {
    return {
      ...source,
      config: shownConfig(source.config),
      secrets: secrets.map(({ sealed: _sealed, ...version }) => version),
      rotations: rotationsOf(source.config, secrets, this.secrets.pendingInstalls.of(source.name), nowMs),
      missingSecrets: missingSecrets(source.config, secrets, nowMs),
    }
  }
}
