/** `postern destinations list`, `show` and `remove`. */
import { destinationRoutes } from '../../api/destinations.ts'
import { fields } from '../out/table.ts'
import { list as listing, request } from '../request.ts'
import { settingsOf } from './answer.ts'
import { NAME } from './path.ts'

export const list = listing({
  summary: 'All destinations, by name.',
  example: 'postern destinations list',
  route: destinationRoutes.listDestinations,
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

export const show = request({
  name: 'show',
  summary: 'One destination: its settings, and how delivery goes; never a secret.',
  example: 'postern destinations show app',
  route: destinationRoutes.getDestination,
  arguments: [NAME],
  words: (destination, paint) => fields(settingsOf(destination), paint),
})

export const remove = request({
  name: 'remove',
  summary: 'Removes a destination with all that waits for it. The events stay in the store.',
  example: 'postern destinations remove app --reason "moved to another endpoint"',
  route: destinationRoutes.deleteDestination,
  arguments: [NAME],
  question: (name) => `Remove the destination ${name}, and all that waits for it?`,
  words: (_removed, _paint, name) => `${name} is removed.`,
})
