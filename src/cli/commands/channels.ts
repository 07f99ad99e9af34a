/** `postern channels`: where people hear of incidents. */
import { type ChannelAnswer, NAME, settingsOf, stateOf } from '../channels/answer.ts'
import { put } from '../channels/put.ts'
import { noun } from '../command.ts'
import { fields } from '../out/table.ts'
import { list, request } from '../request.ts'

interface Tested {
  readonly delivered: boolean
  readonly error: string | null
  readonly status: number | null
}

const PATH = '/api/channels/{name}'

const switchTo = (name: 'pause' | 'resume', summary: string) =>
  request<ChannelAnswer>({
    name,
    method: 'POST',
    summary,
    example: `postern channels ${name} ops`,
    path: `${PATH}/${name}`,
    arguments: [NAME],
    words: (channel, _paint, name) => `${name} is ${stateOf(channel)}.`,
  })

export const channels = noun(
  'channels',
  'Where people hear of incidents: chats, pagers, mail, webhooks.',
  list<ChannelAnswer>({
    summary: 'All channels, by name, and how each stands.',
    example: 'postern channels list',
    path: '/api/channels',
    key: 'channels',
    columns: {
      NAME: 'name',
      KIND: 'kind',
      STATE: stateOf,
      'FROM SEVERITY': 'minimum_severity',
      SOURCES: ({ sources }) => sources?.join(', ') ?? 'all',
      'LAST SUCCESS': ({ status }) => status?.last_success_at,
      'LAST ERROR': ({ status }) => status?.last_error?.error,
    },
    unpaged: true,
  }),
  request<ChannelAnswer>({
    name: 'show',
    summary: 'One channel: its settings, and how it stands; never a secret.',
    example: 'postern channels show ops',
    path: PATH,
    arguments: [NAME],
    words: (channel, paint) => fields(settingsOf(channel), paint),
  }),
  put,
  switchTo('pause', 'Sends nothing to a channel until it is resumed.'),
  switchTo('resume', 'Sends to a channel again: first what is still open.'),
  request({
    name: 'remove',
    method: 'DELETE',
    summary: 'Removes a channel. It is told nothing more, not even that an incident is over.',
    example: 'postern channels remove ops --reason "moved to another chat"',
    path: PATH,
    arguments: [NAME],
    question: (name) => `Remove the channel ${name}?`,
    words: (_removed, _paint, name) => `${name} is removed.`,
  }),
  request<Tested>({
    name: 'test',
    method: 'POST',
    summary:
      'Sends two notices now, marked as a test: one that fires, and one that it is over. 1 if one does not arrive.',
    example: 'postern channels test ops',
    path: `${PATH}/test`,
    arguments: [NAME],
    // A channel may take its time, and two more notices would only confuse.
    more: { deadlineMs: 60_000, once: true },
    words: ({ delivered, error }, _paint, name) =>
      delivered ? `${name} took both notices.` : `${name} did not take them. ${error ?? ''}`,
    isNegative: ({ delivered }) => !delivered,
  }),
)
