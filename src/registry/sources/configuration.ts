/** The configuration of all sources, destinations and channels: the wanted state, and what it changes. Types only. */
import type { ChannelView } from '../channels/channel.ts'
import type { DestinationView } from '../destinations/destination.ts'
import type { UnreachedGuard } from '../../api/sources.ts'
import type { RetentionSettings } from '../retention/document.ts'
import type { SecretState } from '../rotation/secret-version.ts'
import type { DocumentProblem, SourceView } from './source.ts'

export interface Configuration {
  /** Grows with every change of any source, destination or channel. */
  readonly version: number
  /** Sorted by name. */
  readonly sources: readonly SourceView[]
  /** Sorted by name. */
  readonly destinations: readonly DestinationView[]
  /** Sorted by name. */
  readonly channels: readonly ChannelView[]
  /** Null if none was saved. Without holds. */
  readonly retention: RetentionSettings | null
}

export interface WantedConfiguration {
  /** Documents by name, the same as for a single source. */
  readonly sources: Readonly<Record<string, unknown>>
  /** The same for destinations. Absent: all of them stay as they are, even with `prune`. */
  readonly destinations?: Readonly<Record<string, unknown>> | undefined
  /** The same for channels. */
  readonly channels?: Readonly<Record<string, unknown>> | undefined
  /** The retention document without holds, which stay. Absent: it stays as it is, even with `prune`. */
  readonly retention?: unknown
  /** Hosts of this installation. No destination and no channel may be there. */
  readonly ownHosts?: readonly string[]
  /** Whether what is not named is removed. */
  readonly prune: boolean
  /** The version of the configuration that the operator saw; null for any. */
  readonly expectedVersion: number | null
  /** Returns the changes without writing them. */
  readonly dryRun: boolean
}

type Plain = null | boolean | number | string

/** The value of a setting; of a filter, deeper JSON. Not a recursive JSON type: the types of a call must be finite. */
export type Setting = Plain | readonly Plain[] | Readonly<Record<string, Plain | readonly Plain[]>>

/** The change of one source, destination or channel. */
export interface OwnerChange {
  readonly name: string
  /** `left`: it exists, is not named, and is kept. */
  readonly change: 'created' | 'changed' | 'removed' | 'unchanged' | 'left'
  /** Settings that differ. Null for an absent one. */
  readonly settings: readonly { readonly path: string; readonly before: Setting; readonly after: Setting }[]
  /** Versions of secrets whose state differs. Null for an absent one. */
  readonly secrets: readonly {
    readonly slot: string
    readonly version: number
    readonly before: SecretState | null
    readonly after: SecretState | null
  }[]
}

/** The change of the retention document. */
export interface RetentionChange extends OwnerChange {
  /** Whether less is kept than before. */
  readonly isShortened: boolean
}

export type Applied =
  | {
      readonly ok: true
      /** The version of the configuration after the change. */
      readonly version: number
      /** Sorted by name. */
      readonly changes: readonly OwnerChange[]
      /** Sorted by name. */
      readonly destinationChanges: readonly OwnerChange[]
      /** Sorted by name. */
      readonly channelChanges: readonly OwnerChange[]
      /** Of the retention document; null if none was given. */
      readonly retentionChange: RetentionChange | null
      readonly unreached: readonly UnreachedGuard[]
    }
  | NotApplied

export type NotApplied =
  /** Retention keeps less than before, and nobody said why. */
  | { readonly ok: false; readonly code: 'reason_needed' }
  | { readonly ok: false; readonly code: 'version_conflict'; readonly version: number }
  /** Each path begins with the name of a source, with `destinations.` or `channels.` and a name, or with `retention`. */
  | {
      readonly ok: false
      readonly code: 'configuration_invalid'
      readonly problems: readonly DocumentProblem[]
    }
