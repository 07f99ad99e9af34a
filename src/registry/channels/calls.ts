/** The registry's calls about channels. */
import type { DestinationRules } from '../../platform/outbound-url.ts'
import type { ChannelConfig } from '../../channels/document.ts'
import { readChannel } from '../../channels/read-document.ts'
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { DecideOn } from '../owners/change.ts'
import type { DocumentProblem, NotChanged } from '../sources/source.ts'
import type { ChannelResult, ChannelView, ChannelsApi, SealedChannel } from './channel.ts'
import { CHANNELS_MAX, TOO_MANY_CHANNELS, channelNameProblem } from './names.ts'
import { type ChannelContext, planPut, planRemove } from './plan.ts'
import { sealedOf, viewOf } from './view.ts'

export class ChannelCalls implements ChannelsApi {
  readonly #changes: Changes

  constructor(changes: Changes) {
    this.#changes = changes
  }

  async putChannel(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
    ownHosts: readonly string[] = [],
  ): Promise<ChannelResult> {
    const policy = this.#changes.urlPolicy(ownHosts)
    const problem = channelNameProblem(name)
    if (problem !== null) return badName(problem, problemsOf(document, policy))
    return this.#change(name, who, expectedVersion, (before, context) =>
      before === undefined && this.#tables.count() >= CHANNELS_MAX
        ? badName(TOO_MANY_CHANNELS)
        : planPut(name, document, before, context, policy),
    )
  }

  removeChannel(name: string, who: Who, expectedVersion: number | null): Promise<ChannelResult> {
    return this.#change(name, who, expectedVersion, (before) =>
      before === undefined ? UNKNOWN : planRemove(name, before),
    )
  }

  async channel(name: string): Promise<ChannelView | null> {
    const found = this.#tables.find(name)
    return found === undefined ? null : viewOf(found)
  }

  async channels(): Promise<ChannelView[]> {
    return this.#tables.all().map(viewOf)
  }

  async loadChannels(
    knownVersion: number,
  ): Promise<{ readonly version: number; readonly channels: readonly SealedChannel[] } | null> {
    const version = this.#changes.version()
    return version === knownVersion ? null : { version, channels: this.#tables.all().map(sealedOf) }
  }

  async #change(
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: DecideOn<ChannelConfig, ChannelContext>,
  ): Promise<ChannelResult> {
    const owners = { tables: this.#tables, contextOf: (nowMs: number) => contextOf(this.#changes, nowMs) }
    const done = await this.#changes.changeUncached(owners, name, who, expectedVersion, decide)
    return done.ok ? { ok: true, created: done.created, channel: viewOf(done.owner) } : done
  }

  get #tables() {
    return this.#changes.tables.channels
  }
}

/** Context of a channel's plan besides the channel. */
export const contextOf = (changes: Changes, nowMs: number): ChannelContext => ({
  sealer: changes.sealer(),
  nowMs,
})

const badName = (problem: string, others: readonly DocumentProblem[] = []): NotChanged => ({
  ok: false,
  code: 'document_invalid',
  problems: [{ path: 'name', problem }, ...others],
})

function problemsOf(document: unknown, policy: DestinationRules): readonly DocumentProblem[] {
  const read = readChannel(document, undefined, policy)
  return read.ok ? [] : read.problems
}

const UNKNOWN: NotChanged = { ok: false, code: 'channel_unknown' }
