/** Handlers of channels. */
import { type Channel, channelRoutes } from '../../api/channels.ts'
import { problem } from '../../api/problem.ts'
import { instantOrNull, toInstant } from '../../platform/time.ts'
import type { ChannelView } from '../../registry/channels/channel.ts'
import type { ChannelStatus } from '../../watch/incidents/api.ts'
import { type Actor, may } from '../access/actor.ts'
import { channelStatus, notifyChannels, storedSecrets } from '../channels.ts'
import { ownHosts } from '../destinations.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { notChanged } from './changes.ts'
import { underConditions } from './conditions.ts'
import { isGone, tagged } from './owners.ts'
import { answer, bindRoutes } from './route.ts'

interface Named {
  readonly params: { readonly name: string }
}

/** Pauses or resumes. The document says which, so that exports and backups have it. */
const switchTo =
  (paused: boolean) =>
  async ({ params }: Named, context: RequestContext) => {
    const { registry, who } = context
    const before = await registry.channels.find(params.name)
    if (before === null) return UNKNOWN
    const put = await registry.channels.put(params.name, { ...before.config, paused }, who, before.version)
    if (isGone(put)) return UNKNOWN
    if (!put.ok) return notChanged(put, 'channel')
    await notifyChannels(context)
    return answer(channelAnswer(put.owner, await channelStatus(context), context.actor))
  }

export const channels = bindRoutes(channelRoutes, {
  async listChannels(_input, context) {
    const [all, status] = await Promise.all([context.registry.channels.list(), channelStatus(context)])
    return answer({ channels: all.map((one) => channelAnswer(one, status, context.actor)) })
  },

  async getChannel({ params: { name } }, context) {
    const channel = await context.registry.channels.find(name)
    if (channel === null) return UNKNOWN
    const status = await channelStatus(context)
    return answer(channelAnswer(channel, status, context.actor), 200, tagged(channel.version))
  },

  async putChannel({ params: { name }, body, conditions }, context) {
    const { registry, who, actor } = context
    const put = await underConditions(conditions, registry.channels, name, (expected) =>
      registry.channels.put(name, body, who, expected, { ownHosts: ownHosts(context) }),
    )
    if (!put.ok) return notChanged(put, 'channel')
    await notifyChannels(context)
    const json = channelAnswer(put.owner, await channelStatus(context), actor)
    return answer(json, put.created ? 201 : 200, tagged(put.owner.version))
  },

  async deleteChannel({ params: { name }, conditions }, context) {
    const { registry, who } = context
    const removed = await underConditions(conditions, registry.channels, name, (expected) =>
      registry.channels.remove(name, who, expected),
    )
    if (isGone(removed)) return UNKNOWN
    if (!removed.ok) return notChanged(removed, 'channel')
    await notifyChannels(context)
    return answer({ removed: name })
  },

  async testChannel({ params: { name } }, context) {
    if ((await context.registry.channels.find(name)) === null) return UNKNOWN
    await note(context, 'channel.tested', `channel/${name}`)
    const tested = await context.incidents.testChannel(name)
    return tested === null ? UNKNOWN : answer(tested)
  },

  pauseChannel: switchTo(true),
  resumeChannel: switchTo(false),
})

/** Settings that name a person or a server. */
const HIDDEN_FROM_VIEWERS: ReadonlySet<string> = new Set(['from', 'to', 'url'])

/** The settings, with null for those that the actor does not see. */
export function shownSettings({ config }: ChannelView, actor: Actor): ChannelView['config'] {
  const isShown = (setting: string) => may(actor, 'operator') || !HIDDEN_FROM_VIEWERS.has(setting)
  return {
    ...config,
    ...Object.fromEntries(
      Object.keys(config).flatMap((setting) => (isShown(setting) ? [] : [[setting, null]])),
    ),
  }
}

function channelAnswer(
  channel: ChannelView,
  status: ReadonlyMap<string, ChannelStatus> | null,
  actor: Actor,
) {
  const { name, version, createdAtMs, updatedAtMs } = channel
  return {
    name,
    version,
    created_at: toInstant(createdAtMs),
    updated_at: toInstant(updatedAtMs),
    ...shownSettings(channel, actor),
    secrets: storedSecrets(channel),
    status: status === null ? null : statusAnswer(status.get(name), channel.config.paused),
  }
}

function statusAnswer(status: ChannelStatus | undefined, isPaused: boolean) {
  const { failures = 0, failingSinceMs = null, lastSuccessMs = null, lastError = null } = status ?? {}
  return {
    state: stateOf(status, isPaused),
    failures,
    failing_since: instantOrNull(failingSinceMs),
    last_success_at: instantOrNull(lastSuccessMs),
    last_error: lastError && {
      error: lastError.error,
      status: lastError.status,
      at: toInstant(lastError.atMs),
    },
  }
}

function stateOf(
  status: ChannelStatus | undefined,
  isPaused: boolean,
): NonNullable<Channel['status']>['state'] {
  if (isPaused) return 'paused'
  if (status?.isBroken === true) return 'broken'
  if (status !== undefined && status.failingSinceMs !== null) return 'failing'
  return status === undefined || status.lastSuccessMs === null ? 'unused' : 'working'
}

const UNKNOWN = problem('channel_unknown', 'There is no channel of this name.')
