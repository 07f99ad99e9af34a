/** `postern destinations list`, `show`, `put`, `set` and `remove`. */
import { destinationRoutes } from '../../api/destinations.ts'
import { DESTINATION_SETTINGS } from '../../registry/destinations/document.ts'
import type { Documented } from '../documents.ts'
import { fields } from '../out/table.ts'
import { list as listing, request } from '../request.ts'
import { type DestinationAnswer, linkLines, settingsOf, stateLines } from './answer.ts'
import { NAME } from './path.ts'

export const DOCUMENT: Documented<DestinationAnswer> = {
  noun: 'destination',
  argument: NAME,
  routes: { get: destinationRoutes.getDestination, put: destinationRoutes.putDestination },
  settings: DESTINATION_SETTINGS,
  names: ['headers'],
  examples: {
    put: 'app --endpoint https://app.example.com/email-events --types email.bounced,email.spam_reported',
    set: 'app --types email.bounced --rate-per-second 20 --unset batch',
  },
  words: (destination, name) => [
    `${name} is at version ${destination.version}: ${destination.url}`,
    ...linkLines(destination),
    ...stateLines(destination),
  ],
}

export const list = listing({
  summary: 'All destinations, by name.',
  example: 'postern destinations list',
  route: destinationRoutes.listDestinations,
  columns: [
    'name',
    ['types', ({ filter }) => filter?.types?.join(', ') ?? 'all'],
    ['sources', ({ filter }) => filter?.sources?.join(', ') ?? 'all'],
    'personal',
    ['paused', ({ paused }) => (paused ? 'yes' : 'no')],
    'updated_at',
    'url',
  ],
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
