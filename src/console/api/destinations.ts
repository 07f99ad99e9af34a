/** Destinations: where events are sent to. Secrets and values of headers can be written and never read. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import type { DestinationView } from '../../registry/destinations/destination.ts'
import { DestinationConfigSchema, DestinationDocumentSchema } from '../../registry/destinations/document.ts'
import type { ConsoleRegistry } from '../env.ts'
import { newLink } from '../retrieval.ts'
import { deliveryStatus, notifyDestination, ownHosts } from '../destinations.ts'
import { notChanged } from './changes.ts'
import { NO_VERSION, underConditions } from './conditions.ts'
import {
  RotationAnswer,
  SecretVersionAnswer,
  isGone,
  pageByName,
  rotationAnswer,
  secretVersionAnswer,
  tagged,
} from './owners.ts'
import { nextCursor, paging } from './paging.ts'
import { problem } from './problem.ts'
import { type Route, answer, param, route } from './route.ts'

export const ReplayAnswer = v.object({
  events: v.pipe(v.number(), v.description('In the span, whether the filter lets them pass or not.')),
  left: v.number(),
  since: v.string(),
  until: v.string(),
  running: v.boolean(),
})

export const ReplayBegun = v.object({
  ...ReplayAnswer.entries,
  matching: v.pipe(
    v.nullable(v.number()),
    v.description('With plan, how many the filters let pass. Null otherwise.'),
  ),
  is_estimate: v.pipe(
    v.boolean(),
    v.description('Whether the first events of the span were counted, and the rest was taken to be alike.'),
  ),
})

const StoredMark = v.object({ stored: v.literal(true) })

export const DestinationAnswer = v.object({
  name: v.string(),
  /** Increases with every change of any source or destination. */
  version: v.number(),
  created_at: v.string(),
  updated_at: v.string(),
  secret_versions: v.array(
    v.object({
      ...SecretVersionAnswer,
      public_key: v.pipe(
        v.nullable(v.string()),
        v.description('whpk_ and base64. Null for other slots, and in the list of destinations.'),
      ),
    }),
  ),
  rotations: v.array(RotationAnswer),
  ...DestinationConfigSchema.entries,
  headers: v.pipe(v.record(v.string(), StoredMark), v.description('Their names. Values are never shown.')),
})

const time = v.nullable(v.string())

const DeliveryAnswer = v.object({
  state: v.picklist(['active', 'paused', 'circuit_open', 'disabled']),
  reason: v.pipe(
    v.nullable(v.picklist(['paused', 'failing', 'gone', 'asked', 'no_success'])),
    v.description(
      'Why it is not active. failing: most attempts of five minutes failed. gone: the endpoint answered 410. asked: it answered webhook-delivery: disable. no_success: no delivery succeeded for five days.',
    ),
  ),
  since: time,
  backlog: v.pipe(
    v.number(),
    v.description(
      'Events after its position, which it has still to read, whether its filter lets them pass or not.',
    ),
  ),
  backlog_since: v.pipe(time, v.description('When the oldest of them was stored.')),
  waiting: v.pipe(v.number(), v.description('Deliveries that failed and wait for their next try.')),
  dead_letters: v.number(),
  missed: v.pipe(
    v.number(),
    v.description('Events that were removed from the store before they were delivered.'),
  ),
  filtered: v.pipe(
    v.number(),
    v.description(
      'Events that waited, or were dead letters, and were dropped: the filter no longer lets them pass.',
    ),
  ),
  store_restored_at: v.pipe(
    time,
    v.description(
      'When it noticed last that the database was restored to an earlier time. It goes on with what was stored since the restore.',
    ),
  ),
  last_success_at: time,
  failing_since: time,
  blocked_since: v.pipe(
    time,
    v.description('Since when an event that fails holds back others of its message and recipient.'),
  ),
  replay: v.nullable(ReplayAnswer),
  warning: v.nullable(v.string()),
})

/** One destination, with its delivery. */
const OneDestinationAnswer = v.object({
  ...DestinationAnswer.entries,
  delivery: v.pipe(v.nullable(DeliveryAnswer), v.description('Null if it could not be read.')),
})

const PutAnswer = v.object({
  ...DestinationAnswer.entries,
  link: v.pipe(
    v.nullable(v.object({ url: v.string(), ends_at: v.string() })),
    v.description('Shows the signing secret once, if this call generated one.'),
  ),
})

const DestinationName = { name: 'The name of the destination, as in its URL.' }

export const destinations: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/destinations',
    id: 'listDestinations',
    summary: 'Lists all destinations, by name.',
    role: 'viewer',
    query: v.strictObject(paging),
    answer: v.object({ destinations: v.array(DestinationAnswer), next_cursor: nextCursor }),
    async handler({ query }, { registry }) {
      const { page, nextCursor } = pageByName(await registry.destinations(), query)
      return answer({ destinations: page.map(destinationAnswer), next_cursor: nextCursor })
    },
  }),
  route({
    method: 'GET',
    path: '/api/destinations/{name}',
    id: 'getDestination',
    summary: 'Returns one destination, without the values of its secrets and headers.',
    role: 'viewer',
    params: DestinationName,
    answer: OneDestinationAnswer,
    problems: ['destination_unknown'],
    async handler({ params }, context) {
      const name = param(params, 'name')
      const destination = await context.registry.destination(name)
      if (destination === null) return unknown()
      const delivery = await deliveryStatus(context, name)
      // The tag is that of the document, for If-Match of a change. The delivery changes all the time, so there is no 304.
      return answer({ ...destinationAnswer(destination), delivery }, 200, tagged(destination.version))
    },
  }),
  route({
    method: 'PUT',
    path: '/api/destinations/{name}',
    id: 'putDestination',
    summary:
      'Creates or replaces a destination. Secrets that are not named stay, unless the URL gets another scheme, host or port. Stored values of headers stay only with the same URL.',
    role: 'operator',
    params: DestinationName,
    // Any JSON: the registry checks it, and lists all problems.
    body: v.unknown(),
    shownBody: DestinationDocumentSchema,
    answer: PutAnswer,
    statuses: [200, 201],
    conditional: true,
    problems: ['document_invalid', 'version_conflict'],
    async handler({ params, body, conditions }, context) {
      const { registry, who, consoleUrl } = context
      const name = param(params, 'name')
      const link = await newLink(consoleUrl)
      const options = { link: link.request, ownHosts: ownHosts(context) }
      const put = await underConditions(conditions, versionOf(registry, name), (expected) =>
        registry.putDestination(name, body, who, expected, options),
      )
      if (!put.ok) return notChanged(put, 'destination')
      if (put.changed) await notifyDestination(context, name)
      const json = {
        ...destinationAnswer(put.destination),
        link: put.link === null ? null : { url: link.url, ends_at: toInstant(put.link.endsAtMs) },
      }
      return answer(json, put.created ? 201 : 200, tagged(put.destination.version))
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/destinations/{name}',
    id: 'deleteDestination',
    summary: 'Removes a destination. Nothing is sent to it any more, and what waited for it is deleted.',
    role: 'operator',
    params: DestinationName,
    answer: v.object({ removed: v.string() }),
    conditional: true,
    problems: ['destination_unknown', 'version_conflict'],
    async handler({ params, conditions }, context) {
      const { registry, who } = context
      const name = param(params, 'name')
      const removed = await underConditions(conditions, versionOf(registry, name), (expected) =>
        registry.removeDestination(name, who, expected),
      )
      // A destination that does not exist is 404 with and without conditions, RFC 9110 section 13.2.1.
      if (isGone(removed)) return unknown()
      if (!removed.ok) return notChanged(removed, 'destination')
      await notifyDestination(context, name)
      return answer({ removed: name })
    },
  }),
]

export const destinationAnswer = (destination: DestinationView) => ({
  name: destination.name,
  version: destination.version,
  created_at: toInstant(destination.createdAtMs),
  updated_at: toInstant(destination.updatedAtMs),
  secret_versions: destination.secrets.map((one) => ({
    ...secretVersionAnswer(one),
    public_key: destination.publicKeys?.[`${one.slot}/${one.version}`] ?? null,
  })),
  rotations: destination.rotations.map(rotationAnswer),
  ...destination.config,
  headers: storedHeaders(destination),
})

const storedHeaders = ({ config }: DestinationView) =>
  Object.fromEntries(config.headers.map((name) => [name, { stored: true as const }]))

/** The document of a destination. Settings with their default are left out, so that a new setting changes no file. */
export function destinationDocument(destination: DestinationView): Record<string, unknown> {
  const { config, secrets } = destination
  const defaults: Readonly<Record<string, unknown>> = v.parse(DestinationConfigSchema, { url: config.url })
  const chosen = Object.entries(config).filter(
    ([name, value]) =>
      name !== 'restored_at' && (name === 'url' || JSON.stringify(value) !== JSON.stringify(defaults[name])),
  )
  const signing = secrets.filter(({ slot, state }) => slot !== 'headers' && state !== 'revoked')
  const slots = [...new Set(signing.map(({ slot }) => slot))].toSorted()
  return {
    ...Object.fromEntries(chosen),
    ...(config.headers.length === 0 ? {} : { headers: storedHeaders(destination) }),
    secrets: Object.fromEntries(slots.map((slot) => [slot, { stored: true }])),
  }
}

/** The current version, which the conditions are compared with. */
const versionOf = (registry: ConsoleRegistry, name: string) => async (): Promise<number> =>
  (await registry.destination(name))?.version ?? NO_VERSION

const unknown = () => problem('destination_unknown', 'There is no destination of this name.')
