/** The registry's tables: sources, destinations, channels, versions of their secrets, pending notifications, retention, and erasures. */
import type { ChannelConfig } from '../channels/document.ts'
import { type TableStorage, makeTables } from '../platform/table-steps.ts'
import { CHANNELS } from './channels/kind.ts'
import type { DestinationConfig } from './destinations/document.ts'
import { DESTINATIONS } from './destinations/kind.ts'
import { ErasureTable } from './erasures/table.ts'
import { OwnerTables } from './owners/owner-tables.ts'
import { SecretTables } from './owners/secret-tables.ts'
import { PendingNotifications } from './propagation/pending-notifications.ts'
import { RetentionTable } from './retention/table.ts'
import { SourceTables } from './sources/source-tables.ts'

/** Removes the channels of a kind that is no more, and their secrets. */
const KIND_STEPS = [
  `DELETE FROM secrets WHERE source IN (SELECT 'channel/' || name FROM channels WHERE config ->> 'kind' = 'opsgenie');
  DELETE FROM channels WHERE config ->> 'kind' = 'opsgenie'`,
]

export class RegistryTables {
  readonly secrets: SecretTables
  readonly sources: SourceTables
  readonly destinations: OwnerTables<DestinationConfig>
  readonly channels: OwnerTables<ChannelConfig>
  readonly pendingNotifications: PendingNotifications
  readonly retention: RetentionTable
  readonly erasures: ErasureTable

  constructor(storage: TableStorage) {
    this.secrets = new SecretTables(storage)
    this.sources = new SourceTables(storage, this.secrets)
    this.destinations = new OwnerTables(storage, this.secrets, DESTINATIONS)
    this.channels = new OwnerTables(storage, this.secrets, CHANNELS)
    makeTables(storage, 'channel_kinds', KIND_STEPS)
    this.pendingNotifications = new PendingNotifications(storage)
    this.retention = new RetentionTable(storage)
    this.erasures = new ErasureTable(storage)
  }
}
