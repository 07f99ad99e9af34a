/** Channels, as the registry, the object that sends and an operator see them. Types only. */
import type { ChannelConfig } from '../../channels/document.ts'
import type { Who } from '../audit/entry.ts'
import type { NotChanged, SealedSecret } from '../sources/source.ts'

/** A channel as the registry sends it to the object that sends. */
export interface SealedChannel {
  readonly name: string
  readonly version: number
  readonly changedAtMs: number
  /** Tells it from an earlier one of that name. */
  readonly createdAtMs: number
  readonly config: ChannelConfig
  readonly secrets: readonly SealedSecret[]
}

/** A channel as the operator sees it. Never a secret. */
export interface ChannelView {
  readonly name: string
  readonly version: number
  readonly config: ChannelConfig
  /** The slots that have a secret. */
  readonly secrets: readonly string[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export type ChannelResult =
  | { readonly ok: true; readonly created: boolean; readonly channel: ChannelView }
  | NotChanged
  | { readonly ok: false; readonly code: 'channel_unknown' }

export interface ChannelsApi {
  /**
   * A document without `secrets` keeps the stored ones.
   *
   * @param ownHosts hosts of this installation, which would send notices to itself
   */
  putChannel(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
    ownHosts?: readonly string[],
  ): Promise<ChannelResult>
  removeChannel(name: string, who: Who, expectedVersion: number | null): Promise<ChannelResult>
  channel(name: string): Promise<ChannelView | null>
  channels(): Promise<ChannelView[]>
  /** For the object that sends. Null if nothing changed since the version that it knows. */
  loadChannels(
    knownVersion: number,
  ): Promise<{ readonly version: number; readonly channels: readonly SealedChannel[] } | null>
}
