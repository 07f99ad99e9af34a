/** `postern channels`: where people hear of incidents. */
import { type Channel, channelRoutes } from '../../api/channels.ts'
import { channelSettings } from '../../channels/document.ts'
import { CHANNEL_KINDS, adapterOf, isChannelKind } from '../../channels/index.ts'
import { NAME, settingsOf, stateLines, stateOf } from '../channels/answer.ts'
import { noun } from '../command.ts'
import { type Documented, put, set } from '../documents.ts'
import { fields } from '../out/table.ts'
import { list, request } from '../request.ts'

const switched = (channel: Channel): string => `${channel.name} is ${stateOf(channel)}.`

const DOCUMENT: Documented<Channel> = {
  noun: 'channel',
  argument: NAME,
  routes: { get: channelRoutes.getChannel, put: channelRoutes.putChannel },
  settings: channelSettings().map((one) => {
    const kinds = CHANNEL_KINDS.filter((kind) => one.path in adapterOf(kind).entries)
    return {
      ...one,
      description: kinds.length > 0 ? `${kinds.join(', ')}: ${one.description}` : one.description,
    }
  }),
  settingsOf: ({ kind }) =>
    isChannelKind(kind) ? channelSettings(kind) : channelSettings().filter(({ path }) => path === 'kind'),
  examples: {
    put: 'ops --kind slack --slot webhook_url --minimum-severity error',
    set: 'ops --minimum-severity error --reminder 4h',
  },
  words: (channel, name) => [
    `${name} is at version ${channel.version}: ${channel.kind}. Try it: postern channels test ${name}`,
    ...stateLines(channel),
  ],
}

export const channels = noun(
  list({
    summary: 'All channels, by name, and how each stands.',
    example: 'postern channels list',
    route: channelRoutes.listChannels,
    columns: [
      ['name', ({ name }) => name],
      ['kind', ({ kind }) => kind],
      ['state', stateOf],
      ['minimum_severity', (one) => one.minimum_severity],
      ['sources', ({ sources }) => sources?.join(', ') ?? 'all'],
      ['last_success_at', ({ status }) => status?.last_success_at],
      ['last_error', ({ status }) => status?.last_error?.error],
    ],
  }),
  request({
    name: 'show',
    summary: 'One channel: its settings, and how it stands; never a secret.',
    example: 'postern channels show ops',
    route: channelRoutes.getChannel,
    arguments: [NAME],
    words: (channel, paint) => fields(settingsOf(channel), paint),
  }),
  put(DOCUMENT),
  set(DOCUMENT),
  request({
    name: 'pause',
    summary: 'Sends nothing to a channel until it is resumed.',
    example: 'postern channels pause ops',
    route: channelRoutes.pauseChannel,
    arguments: [NAME],
    words: switched,
  }),
  request({
    name: 'resume',
    summary: 'Sends to a channel again: first what is still open.',
    example: 'postern channels resume ops',
    route: channelRoutes.resumeChannel,
    arguments: [NAME],
    words: switched,
  }),
  request({
    name: 'remove',
    summary: 'Removes a channel. It is told nothing more, not even that an incident is over.',
    example: 'postern channels remove ops --reason "moved to another chat"',
    route: channelRoutes.deleteChannel,
    arguments: [NAME],
    question: (name) => `Remove the channel ${name}?`,
    words: (_removed, _paint, name) => `${name} is removed.`,
  }),
  request({
    name: 'test',
    summary:
      'Sends two notices now, marked as a test: one that fires, and one that it is over. 1 if one does not arrive.',
    example: 'postern channels test ops',
    route: channelRoutes.testChannel,
    arguments: [NAME],
    // A channel may take its time, and two more notices would only confuse.
    more: { deadlineMs: 60_000, once: true },
    words: ({ delivered, error }, _paint, name) =>
      delivered ? `${name} took both notices.` : `${name} did not take them. ${error ?? ''}`,
    isNegative: ({ delivered }) => !delivered,
  }),
)
