/** The part of the registry's object that answers calls about channels. */
import type { Who } from '../audit/entry.ts'
import type { RegistryEnv } from '../env.ts'
import { ContainmentRegistry } from '../containment/containment-registry.ts'
import { ChannelCalls } from './calls.ts'
import type { ChannelResult, ChannelView, ChannelsApi, SealedChannel } from './channel.ts'

export abstract class ChannelRegistry extends ContainmentRegistry implements ChannelsApi {
  readonly #channels: ChannelCalls

  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, env)
    this.#channels = new ChannelCalls(this.changes)
  }

  async putChannel(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
    ownHosts?: readonly string[],
  ): Promise<ChannelResult> {
    return this.#channels.putChannel(name, document, who, expectedVersion, ownHosts)
  }

  async removeChannel(name: string, who: Who, expectedVersion: number | null): Promise<ChannelResult> {
    return this.#channels.removeChannel(name, who, expectedVersion)
  }

  async channel(name: string): Promise<ChannelView | null> {
    return this.#channels.channel(name)
  }

  async channels(): Promise<ChannelView[]> {
    return this.#channels.channels()
  }

  async loadChannels(
    knownVersion: number,
  ): Promise<{ readonly version: number; readonly channels: readonly SealedChannel[] } | null> {
    return this.#channels.loadChannels(knownVersion)
  }
}
