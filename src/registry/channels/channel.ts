/** Channels, as the registry, the object that sends and an operator see them. Types only. */
import type { ChannelConfig } from '../../channels/document.ts'
import type { SealedSecret } from '../sources/source.ts'

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
