/** Channels: where people hear of incidents. Secrets can be written and never read. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { COMMON, ChannelDocumentSchema } from '../channels/document.ts'
import { CHANNEL_KINDS } from '../channels/index.ts'
import { route } from './route.ts'

const instantOrNull = v.nullable(v.string())

const ChannelStatusSchema = v.object({
  state: described(
    v.picklist(['unused', 'working', 'failing', 'broken', 'paused']),
    'broken: it gets nothing more until it is changed, or a test succeeds. paused: until it is resumed.',
  ),
  failures: described(v.number(), 'Tries in a row that failed.'),
  failing_since: instantOrNull,
  last_success_at: instantOrNull,
  last_error: v.nullable(v.object({ error: v.string(), status: v.nullable(v.number()), at: v.string() })),
})

export const ChannelSchema = v.looseObject({
  name: v.string(),
  /** Increases with every change of any source, destination or channel. */
  version: v.number(),
  created_at: v.string(),
  updated_at: v.string(),
  kind: v.picklist(CHANNEL_KINDS),
  ...COMMON,
  secrets: described(
    v.record(v.string(), v.object({ stored: v.literal(true) })),
    'The slots that hold a secret. Values are never shown.',
  ),
  status: described(v.nullable(ChannelStatusSchema), 'Null if it could not be read.'),
})
export type Channel = v.InferOutput<typeof ChannelSchema>

const TestedChannelSchema = v.object({
  delivered: v.boolean(),
  error: described(v.nullable(v.string()), 'What is wrong, and what to do.'),
  status: v.nullable(v.number()),
})
export type TestedChannel = v.InferOutput<typeof TestedChannelSchema>

const params = { name: 'The name of the channel, as in its URL.' }

const switched = {
  params,
  again: 'Changes nothing.',
  answer: ChannelSchema,
  problems: ['channel_unknown', 'version_conflict'],
} as const

export const channelRoutes = {
  listChannels: route('GET', '/api/channels', 'viewer', {
    summary: 'Lists all channels, by name. Viewers see no address and no URL.',
    answer: v.object({ channels: v.array(ChannelSchema) }),
  }),
  getChannel: route('GET', '/api/channels/{name}', 'viewer', {
    params,
    summary: 'Returns one channel without its secrets, and how it stands. Viewers see no address and no URL.',
    answer: ChannelSchema,
    problems: ['channel_unknown'],
  }),
  putChannel: route('PUT', '/api/channels/{name}', 'admin', {
    params,
    summary:
      'Creates or replaces a channel. Secrets that are not named stay, unless its kind or the host of its URL changes.',
    // Any JSON: the registry checks it, and lists all problems.
    body: v.unknown(),
    shownBody: ChannelDocumentSchema,
    example: {
      kind: 'slack',
      secrets: { webhook_url: 'https://hooks.slack.com/services/…' },
      minimum_severity: 'error',
    },
    answer: ChannelSchema,
    statuses: [200, 201],
    conditional: true,
    problems: ['document_invalid', 'version_conflict'],
  }),
  deleteChannel: route('DELETE', '/api/channels/{name}', 'admin', {
    params,
    summary: 'Removes a channel. Nothing is sent to it any more, not even that an incident is over.',
    answer: v.object({ removed: v.string() }),
    conditional: true,
    problems: ['channel_unknown', 'version_conflict'],
  }),
  testChannel: route('POST', '/api/channels/{name}/test', 'operator', {
    params,
    summary: 'Sends two notices now, marked as a test: one that fires, and one that it is over.',
    answer: TestedChannelSchema,
    again: 'Sends two more notices.',
    problems: ['channel_unknown'],
  }),
  pauseChannel: route('POST', '/api/channels/{name}/pause', 'operator', {
    ...switched,
    summary: 'Sends nothing to a channel until it is resumed.',
  }),
  resumeChannel: route('POST', '/api/channels/{name}/resume', 'operator', {
    ...switched,
    summary: 'Sends to a channel again: first what is still open.',
  }),
} as const
