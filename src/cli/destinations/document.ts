/** `postern destinations list`, `show` and `remove`. */
import { fields } from '../out/table.ts'
import { list as listing, request } from '../request.ts'
import { type DestinationAnswer, settingsOf } from './answer.ts'
import { NAME } from './path.ts'

export const list = listing<DestinationAnswer>({
  summary: 'All destinations, by name.',
  example: 'postern destinations list',
  path: '/api/destinations',
  key: 'destinations',
  columns: {
    NAME: 'name',
    TYPES: ({ filter }) => filter?.types?.join(', ') ?? 'all',
    SOURCES: ({ filter }) => filter?.sources?.join(', ') ?? 'all',
    PERSONAL: 'personal',
    PAUSED: ({ paused }) => (paused ? 'yes' : 'no'),
    CHANGED: 'updated_at',
    URL: 'url',
  },
})

export const show = request<DestinationAnswer>({
  name: 'show',
  summary: 'One destination: its settings, and how delivery goes; never a secret.',
  example: 'postern destinations show app',
  path: '/api/destinations/{name}',
  arguments: [NAME],
  words: (destination, paint) => fields(settingsOf(destination), paint),
})

export const remove = request({
  name: 'remove',
  method: 'DELETE',
  summary: 'Removes a destination with all that waits for it. The events stay in the store.',
  example: 'postern destinations remove app --reason "moved to another endpoint"',
  path: '/api/destinations/{name}',
  arguments: [NAME],
  question: (name) => `Remove the destination ${name}, and all that waits for it?`,
  words: (_removed, _paint, name) => `${name} is removed.`,
})
