/** Destinations: where events are sent to, and how delivery goes. Secrets and values of headers can be written and never read. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { FilterSchema } from '../event/filter/filter.ts'
import { EVENT_TYPES } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { rfc3339Ms } from '../platform/time.ts'
import {
  DestinationConfigSchema,
  DestinationDocumentSchema,
  type SavedFilter,
} from '../registry/destinations/document.ts'
import { nextCursor, paging, plan, required } from './paging.ts'
import { route } from './route.ts'
import { RotationSchema, secretVersion } from './secret-version.ts'

/** A filter as an actor sees it. */
export interface ShownFilter extends Omit<SavedFilter, 'where'> {
  readonly where?: SavedFilter['where'] | null
}

export const DestinationSchema = v.object({
  name: v.string(),
  /** Increases with every change of any source or destination. */
  version: v.number(),
  created_at: v.string(),
  updated_at: v.string(),
  secret_versions: v.array(
    v.object({
      ...secretVersion,
      public_key: described(
        v.nullable(v.string()),
        'whpk_ and base64. Null for other slots, and in the list of destinations.',
      ),
    }),
  ),
  rotations: v.array(RotationSchema),
  ...DestinationConfigSchema.entries,
  url: described(v.nullable(v.string()), 'Null for viewers: it may hold a token.'),
  filter: described(
    v.optional(v.custom<ShownFilter>(isObject)),
    '`where` is null for viewers: its conditions may name addresses.',
  ),
  headers: described(
    v.record(v.string(), v.object({ stored: v.literal(true) })),
    'Their names. Values are never shown.',
  ),
})
export type Destination = v.InferOutput<typeof DestinationSchema>

const ReplaySchema = v.object({
  events: described(v.number(), 'In the span, whether the filter lets them pass or not.'),
  left: v.number(),
  since: v.string(),
  until: v.string(),
  running: v.boolean(),
})

const ReplayBegunSchema = v.object({
  ...ReplaySchema.entries,
  matching: described(v.nullable(v.number()), 'With plan, how many the filters let pass. Null otherwise.'),
  is_estimate: described(
    v.boolean(),
    'Whether the first events of the span were counted, and the rest was taken to be alike.',
  ),
})
export type ReplayBegun = v.InferOutput<typeof ReplayBegunSchema>

const instantOrNull = v.nullable(v.string())

const DeliverySchema = v.object({
  state: v.picklist(['active', 'paused', 'circuit_open', 'disabled']),
  reason: described(
    v.nullable(v.picklist(['paused', 'failing', 'gone', 'asked', 'no_success'])),
    'Why it is not active. failing: most attempts of five minutes failed. gone: the endpoint answered 410. asked: it answered webhook-delivery: disable. no_success: no delivery succeeded for five days.',
  ),
  since: instantOrNull,
  backlog: described(
    v.number(),
    'Events after its position, which it has still to read, whether its filter lets them pass or not.',
  ),
  backlog_since: described(instantOrNull, 'When the oldest of them was stored.'),
  waiting: described(v.number(), 'Deliveries that failed and wait for their next try.'),
  given_up: described(v.number(), 'Deliveries whose tries are used up, or that somebody skipped.'),
  missed: described(v.number(), 'Events that were removed from the store before they were delivered.'),
  filtered: described(
    v.number(),
    'Events that waited, or were given up, and were dropped: the filter no longer lets them pass.',
  ),
  store_restored_at: described(
    instantOrNull,
    'When it noticed last that the database was restored to an earlier time. It goes on with what was stored since the restore.',
  ),
  last_success_at: instantOrNull,
  failing_since: instantOrNull,
  blocked_since: described(
    instantOrNull,
    'Since when an event that fails holds back others of its message and recipient.',
  ),
  replay: v.nullable(ReplaySchema),
  hours: described(
    v.array(v.object({ at: v.string(), delivered: v.number(), failed: v.number() })),
    'Attempts of the last 24 hours by the hour in which they began, oldest first, without tests. An hour without any is left out.',
  ),
  warning: v.nullable(v.string()),
})
/** Whether events are sent, why not, and what waits. */
export type Delivery = v.InferOutput<typeof DeliverySchema>

const WEBHOOK_ID = 'The value of webhook-id. Viewers see another id in its place.'

export const OUTCOMES = ['delivered', 'failed', 'exhausted'] as const

export const AttemptSchema = v.object({
  id: described(v.string(), WEBHOOK_ID),
  at: v.string(),
  kind: described(
    v.picklist(['event', 'batch', 'request', 'test', 'erasure']),
    'request: of a destination of the form original, under the request id.',
  ),
  event_ids: described(v.array(v.string()), 'Of a batch the first 20.'),
  events: v.number(),
  try: described(v.number(), '1 for the first. 0 for a probe or a test, which are not counted.'),
  status: described(v.nullable(v.number()), 'Null if there was no answer.'),
  milliseconds: v.number(),
  error: v.nullable(v.string()),
  response: described(v.nullable(v.string()), '500 characters of the answer. Null to viewers.'),
  outcome: v.picklist(OUTCOMES),
})
/** One request to the endpoint. */
export type Attempt = v.InferOutput<typeof AttemptSchema>

const TestedSchema = v.object({
  attempt: AttemptSchema,
  type: described(v.picklist(EVENT_TYPES), 'Of the example event.'),
})
export type Tested = v.InferOutput<typeof TestedSchema>

const failed = {
  id: described(v.string(), WEBHOOK_ID),
  event_ids: v.array(v.string()),
  events: v.number(),
  tries: v.number(),
  first_failed_at: instantOrNull,
  error: v.nullable(v.string()),
  status: v.nullable(v.number()),
}

const WaitingSchema = v.object({
  ...failed,
  next_try_at: instantOrNull,
  blocked: described(v.number(), 'Events of the same message and recipient that are held behind it.'),
})
/** A delivery that failed and waits for its next try. */
export type WaitingDelivery = v.InferOutput<typeof WaitingSchema>

const UndeliveredSchema = v.object({ ...failed, given_up_at: v.string() })
/** A delivery whose tries are used up. */
export type Undelivered = v.InferOutput<typeof UndeliveredSchema>

const time = v.pipe(
  v.string(),
  v.check((text) => rfc3339Ms(text) !== undefined, 'Must be an RFC 3339 time with a time zone.'),
)

/** The object gives its positions as numbers. */
const page = {
  limit: paging.limit,
  cursor: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9]{1,15}$/, 'Must be a next_cursor of an earlier answer.'),
      v.description('The next_cursor of the previous page.'),
    ),
  ),
}

const ids = v.pipe(v.array(required('The id of a delivery.')), v.minLength(1), v.maxLength(500))

/** A week: then the watch reports events that nobody sends. */
const PAUSE_MAX_SECONDS = 604_800

const pauseSeconds = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^[0-9]{1,6}$/, 'Must be a whole number of seconds.'),
    v.transform(Number),
    v.minValue(60, `Must be from 60 to ${PAUSE_MAX_SECONDS}.`),
    v.maxValue(PAUSE_MAX_SECONDS, `Must be from 60 to ${PAUSE_MAX_SECONDS}.`),
    v.description('How long the pause lasts. Without it, until the destination is resumed.'),
  ),
)

const params = { name: 'The name of the destination, as in its URL.' }

const known = { params, problems: ['destination_unknown'] } as const

const switched = {
  params,
  again: 'Changes nothing.',
  answer: DestinationSchema,
  problems: ['destination_unknown', 'version_conflict'],
} as const

export const destinationRoutes = {
  listDestinations: route('GET', '/api/destinations', 'viewer', {
    summary: 'Lists all destinations, by name.',
    query: v.strictObject(paging),
    answer: v.object({ destinations: v.array(DestinationSchema), next_cursor: nextCursor }),
  }),
  getDestination: route('GET', '/api/destinations/{name}', 'viewer', {
    summary: 'Returns one destination, without the values of its secrets and headers.',
    params,
    answer: v.object({
      ...DestinationSchema.entries,
      delivery: described(v.nullable(DeliverySchema), 'Null if it could not be read.'),
    }),
    problems: ['destination_unknown'],
  }),
  putDestination: route('PUT', '/api/destinations/{name}', 'operator', {
    summary:
      'Creates or replaces a destination. Secrets that are not named stay, unless the URL gets another scheme, host or port. Stored values of headers stay only with the same URL.',
    params,
    // Any JSON: the registry checks it, and lists all problems.
    body: v.unknown(),
    shownBody: DestinationDocumentSchema,
    example: {
      url: 'https://app.example.com/email-events',
      filter: { types: ['email.bounced', 'email.spam_reported'] },
    },
    answer: v.object({
      ...DestinationSchema.entries,
      link: described(
        v.nullable(v.object({ url: v.string(), ends_at: v.string() })),
        'Shows the signing secret once, if this call generated one.',
      ),
    }),
    statuses: [200, 201],
    conditional: true,
    problems: ['document_invalid', 'version_conflict'],
  }),
  deleteDestination: route('DELETE', '/api/destinations/{name}', 'operator', {
    summary: 'Removes a destination. Nothing is sent to it any more, and what waited for it is deleted.',
    params,
    answer: v.object({ removed: v.string() }),
    conditional: true,
    problems: ['destination_unknown', 'version_conflict'],
  }),
  testDestination: route('POST', '/api/destinations/{name}/test', 'operator', {
    params,
    summary: 'Sends a signed example event to the endpoint, and shows what it answered.',
    again: 'Sends another example.',
    query: v.strictObject({
      type: v.optional(
        described(
          v.picklist(EVENT_TYPES, `Must be one of ${EVENT_TYPES.join(', ')}.`),
          'Of the example. By default one that the filter of the destination lets pass.',
        ),
      ),
    }),
    answer: TestedSchema,
    problems: ['destination_unknown', 'form_original'],
  }),
  pauseDestination: route('POST', '/api/destinations/{name}/pause', 'operator', {
    ...switched,
    summary: 'Stops sending. Events wait in the store until the destination is resumed.',
    query: v.strictObject({ seconds: pauseSeconds }),
  }),
  resumeDestination: route('POST', '/api/destinations/{name}/resume', 'operator', {
    ...switched,
    summary: 'Sends again after a pause, an open circuit, or after the destination was disabled.',
  }),
  replayEvents: route('POST', '/api/destinations/{name}/replay', 'operator', {
    params,
    summary: 'Sends the events again that were stored in a span of time, beside new ones.',
    again: 'Is refused while the replay runs; then it sends the events again.',
    body: v.strictObject({
      since: described(time, 'Events that were stored at this time or later.'),
      until: v.optional(described(time, 'And before this one; now if absent.')),
      filter: v.optional(
        described(v.unknown(), 'In addition to the filter of the destination, in the same form.'),
      ),
      plan,
    }),
    shownBody: v.strictObject({
      since: v.string(),
      until: v.optional(v.string()),
      filter: v.optional(FilterSchema),
      plan: v.optional(v.boolean(), false),
    }),
    example: { since: '2026-06-02T10:00:00Z', plan: true },
    answer: ReplayBegunSchema,
    statuses: [200, 202],
    problems: ['destination_unknown', 'replay_running', 'form_original', 'body_invalid'],
  }),
  endReplay: route('DELETE', '/api/destinations/{name}/replay', 'operator', {
    summary: 'Ends a replay. What it has sent stays sent.',
    params,
    answer: v.object({ ended: v.boolean() }),
    problems: ['destination_unknown'],
  }),
  listAttempts: route('GET', '/api/destinations/{name}/attempts', 'viewer', {
    ...known,
    summary:
      'The latest requests to the endpoint, newest first: at most 10,000, of about the last seven days.',
    query: v.strictObject({
      ...page,
      event_id: v.optional(required('Only attempts of this event or delivery.')),
      outcome: v.optional(
        described(
          v.picklist(OUTCOMES, `Must be one of ${OUTCOMES.join(', ')}.`),
          'Only attempts with this outcome. failed: it is tried again. exhausted: it was the last try.',
        ),
      ),
    }),
    answer: v.object({ attempts: v.array(AttemptSchema), next_cursor: nextCursor }),
  }),
  listWaiting: route('GET', '/api/destinations/{name}/waiting', 'viewer', {
    ...known,
    summary: 'Deliveries that failed and wait for their next try, oldest first.',
    query: v.strictObject(page),
    answer: v.object({ waiting: v.array(WaitingSchema), next_cursor: nextCursor }),
  }),
  retryWaiting: route('POST', '/api/destinations/{name}/waiting/retry', 'operator', {
    params,
    summary: 'Sends waiting deliveries now: those named, or all.',
    again: 'Sends again what has failed again.',
    body: v.strictObject({ ids: v.optional(ids) }),
    example: { ids: ['ID'] },
    answer: v.object({ retried: v.number() }),
    problems: ['destination_unknown'],
  }),
  skipDelivery: route('POST', '/api/destinations/{name}/waiting/skip', 'operator', {
    params,
    summary: 'Gives up a waiting delivery: it is not tried again, and what is held behind it is sent.',
    again: 'Is refused: it waits no more.',
    body: v.strictObject({ id: required('The id of the delivery.') }),
    example: { id: 'ID' },
    answer: v.object({ skipped: v.string() }),
    problems: ['destination_unknown', 'delivery_unknown', 'held'],
  }),
  listUndelivered: route('GET', '/api/destinations/{name}/given-up', 'viewer', {
    ...known,
    summary:
      'Deliveries that were given up: their tries are used up, or somebody skipped them. Oldest first.',
    query: v.strictObject(page),
    answer: v.object({ given_up: v.array(UndeliveredSchema), next_cursor: nextCursor }),
  }),
  redriveUndelivered: route('POST', '/api/destinations/{name}/given-up/redrive', 'operator', {
    params,
    summary:
      'Gives deliveries that were given up all their tries again: those named, those of a span of time, or all.',
    again: 'Changes nothing: they are tried again already.',
    body: v.union([
      v.strictObject({ ids, plan }),
      v.strictObject({ since: time, until: v.optional(time), plan }),
      v.strictObject({ all: v.literal(true), plan }),
    ]),
    example: { all: true, plan: true },
    answer: v.object({ redriven: v.number() }),
    problems: ['destination_unknown'],
  }),
} as const
