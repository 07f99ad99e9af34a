/** Channels: where people hear of incidents. Secrets can be written and never read. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import type { ChannelView } from '../../registry/channels/channel.ts'
import { COMMON, ChannelDocumentSchema } from '../../channels/document.ts'
import { CHANNEL_KINDS } from '../../channels/index.ts'
import type { ChannelStatus } from '../../watch/incidents/api.ts'
import { type Actor, may } from '../access/actor.ts'
import { channelStatus, notifyChannels, setChannelPaused, testChannel } from '../channels.ts'
import { ownHosts } from '../destinations.ts'
import type { ConsoleRegistry } from '../env.ts'
import { notChanged } from './changes.ts'
import { NO_VERSION, underConditions } from './conditions.ts'
import { isGone, tagged } from './owners.ts'
import { problem } from './problem.ts'
import { type Route, answer, param, route } from './route.ts'

const time = v.nullable(v.string())

const StatusAnswer = v.object({
  state: v.pipe(
    v.picklist(['unused', 'working', 'failing', 'broken', 'paused']),
    v.description(
      'broken: it gets nothing more until it is changed, or a test succeeds. paused: until it is resumed.',
    ),
  ),
  failures: v.pipe(v.number(), v.description('Tries in a row that failed.')),
  failing_since: time,
  last_success_at: time,
  last_error: v.nullable(v.object({ error: v.string(), status: v.nullable(v.number()), at: v.string() })),
})

export const ChannelAnswer = v.looseObject({
  name: v.string(),
  /** Increases with every change of any source, destination or channel. */
  version: v.number(),
  created_at: v.string(),
  updated_at: v.string(),
  kind: v.picklist(CHANNEL_KINDS),
  ...COMMON,
  secrets: v.pipe(
    v.record(v.string(), v.object({ stored: v.literal(true) })),
    v.description('The slots that hold a secret. Values are never shown.'),
  ),
  status: v.pipe(v.nullable(StatusAnswer), v.description('Null if it could not be read.')),
})

const ChannelName = { name: 'The name of the channel, as in its URL.' }

export const channels: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/channels',
    id: 'listChannels',
    summary: 'Lists all channels, by name. Viewers see no address and no URL.',
    role: 'viewer',
    answer: v.object({ channels: v.array(ChannelAnswer) }),
    async handler(_input, context) {
      const [all, status] = await Promise.all([context.registry.channels(), channelStatus(context)])
      return answer({ channels: all.map((one) => channelAnswer(one, status, context.actor)) })
    },
  }),
  route({
    method: 'GET',
    path: '/api/channels/{name}',
    id: 'getChannel',
    summary: 'Returns one channel without its secrets, and how it stands. Viewers see no address and no URL.',
    role: 'viewer',
    params: ChannelName,
    answer: ChannelAnswer,
    problems: ['channel_unknown'],
    async handler({ params }, context) {
      const channel = await context.registry.channel(param(params, 'name'))
      if (channel === null) return unknown()
      const status = await channelStatus(context)
      return answer(channelAnswer(channel, status, context.actor), 200, tagged(channel.version))
    },
  }),
  route({
    method: 'PUT',
    path: '/api/channels/{name}',
    id: 'putChannel',
    summary:
      'Creates or replaces a channel. Secrets that are not named stay, unless its kind or the host of its URL changes.',
    role: 'admin',
    params: ChannelName,
    // Any JSON: the registry checks it, and lists all problems.
    body: v.unknown(),
    shownBody: ChannelDocumentSchema,
    answer: ChannelAnswer,
    statuses: [200, 201],
    conditional: true,
    problems: ['document_invalid', 'version_conflict'],
    async handler({ params, body, conditions }, context) {
      const { registry, who, actor } = context
      const name = param(params, 'name')
      const put = await underConditions(conditions, versionOf(registry, name), (expected) =>
        registry.putChannel(name, body, who, expected, ownHosts(context)),
      )
      if (!put.ok) return notChanged(put, 'channel')
      await notifyChannels(context)
      const json = channelAnswer(put.channel, await channelStatus(context), actor)
      return answer(json, put.created ? 201 : 200, tagged(put.channel.version))
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/channels/{name}',
    id: 'deleteChannel',
    summary: 'Removes a channel. Nothing is sent to it any more, not even that an incident is over.',
    role: 'admin',
    params: ChannelName,
    answer: v.object({ removed: v.string() }),
    conditional: true,
    problems: ['channel_unknown', 'version_conflict'],
    async handler({ params, conditions }, context) {
      const { registry, who } = context
      const name = param(params, 'name')
      const removed = await underConditions(conditions, versionOf(registry, name), (expected) =>
        registry.removeChannel(name, who, expected),
      )
      if (isGone(removed)) return unknown()
      if (!removed.ok) return notChanged(removed, 'channel')
      await notifyChannels(context)
      return answer({ removed: name })
    },
  }),
  route({
    method: 'POST',
    path: '/api/channels/{name}/test',
    id: 'testChannel',
    summary: 'Sends two notices now, marked as a test: one that fires, and one that it is over.',
    role: 'operator',
    params: ChannelName,
    answer: v.object({
      delivered: v.boolean(),
      error: v.pipe(v.nullable(v.string()), v.description('What is wrong, and what to do.')),
      status: v.nullable(v.number()),
    }),
    again: 'Sends two more notices.',
    problems: ['channel_unknown'],
    async handler({ params }, context) {
      const tested = await testChannel(context, param(params, 'name'))
      if (tested === null) return unknown()
      return answer(
        tested.ok
          ? { delivered: true, error: null, status: null }
          : { delivered: false, error: tested.error, status: tested.status },
      )
    },
  }),
  ...([true, false] as const).map((paused) =>
    route({
      method: 'POST',
      path: `/api/channels/{name}/${paused ? 'pause' : 'resume'}` as const,
      id: paused ? 'pauseChannel' : 'resumeChannel',
      summary: paused
        ? 'Sends nothing to a channel until it is resumed.'
        : 'Sends to a channel again: first what is still open.',
      again: 'Changes nothing.',
      role: 'operator',
      params: ChannelName,
      answer: ChannelAnswer,
      problems: ['channel_unknown', 'version_conflict'],
      async handler({ params }, context) {
        const put = await setChannelPaused(context, param(params, 'name'), paused)
        if (isGone(put)) return unknown()
        if (!put.ok) return notChanged(put, 'channel')
        return answer(channelAnswer(put.channel, await channelStatus(context), context.actor))
      },
    }),
  ),
]

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
): v.InferOutput<typeof ChannelAnswer> {
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

const storedSecrets = ({ secrets }: ChannelView) =>
  Object.fromEntries(secrets.map((slot) => [slot, { stored: true as const }]))

const instantOrNull = (ms: number | null): string | null => (ms === null ? null : toInstant(ms))

function statusAnswer(
  status: ChannelStatus | undefined,
  isPaused: boolean,
): v.InferOutput<typeof StatusAnswer> {
  const { failures = 0, failingSinceMs = null, lastSuccessMs = null, lastError = null } = status ?? {}
  const works = lastSuccessMs === null ? 'unused' : 'working'
  return {
    state: isPaused
      ? 'paused'
      : status?.isBroken === true
        ? 'broken'
        : failingSinceMs === null
          ? works
          : 'failing',
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

/** The document of a channel. Settings with their default are left out, so that a new setting changes no file. */
export function channelDocument(channel: ChannelView): Record<string, unknown> {
  const defaults: Readonly<Record<string, unknown>> = v.getDefaults(v.object(COMMON))
  const chosen = Object.entries(channel.config).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]),
  )
  return { ...Object.fromEntries(chosen), secrets: storedSecrets(channel) }
}

const versionOf = (registry: ConsoleRegistry, name: string) => async (): Promise<number> =>
  (await registry.channel(name))?.version ?? NO_VERSION

const unknown = () => problem('channel_unknown', 'There is no channel of this name.')
