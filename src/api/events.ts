/** Events: what happened to whose mail. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { CAUSES } from '../event/cause/causes.ts'
import { SecuritySchema } from '../event/decision.ts'
import { BOUNCE_TYPES, EVENT_TYPES, type EventType, MailEventSchema } from '../event/mail-event.ts'
import { FilterSchema } from '../event/filter/filter.ts'
import { OPENED_MAX_EVENTS } from '../store/events.ts'
import { AUTOMATED } from '../store/scan.ts'
import { isArrivalPlace } from '../store/sealed-cursor.ts'
import {
  filter,
  historySince,
  instant,
  nextCursor,
  paging,
  plan,
  requestIdFilter,
  required,
} from './paging.ts'
import { route } from './route.ts'

/** An event in its flat form, and how its delivery was let in. */
export const EventSchema = v.object({ ...MailEventSchema.entries, security: SecuritySchema })

/** Events that a preview of a filter looks at. */
export const PREVIEWED_MAX = 1_000

export const A_PLACE = 'Must be now, oldest, or a cursor that an earlier answer gave.'

const place = (description: string) =>
  v.optional(v.pipe(v.string(), v.check(isArrivalPlace, A_PLACE), v.description(description)))

const oneType = v.picklist(EVENT_TYPES, `Must be one of ${EVENT_TYPES.join(', ')}.`)

export const isType = (text: string): text is EventType => EVENT_TYPES.some((type) => type === text)

const types = v.optional(
  v.pipe(
    v.string(),
    v.check(
      (text) => text.split(',').every(isType),
      `Must be types, separated by commas. Known: ${EVENT_TYPES.join(', ')}.`,
    ),
    v.description('Only of these types, separated by commas.'),
  ),
)

/** Events that one call reads again. */
export const REREAD_EVENTS = 500

const RereadSchema = v.object({
  events: described(v.number(), 'How many were looked at.'),
  without: described(v.number(), 'How many of them have no original.'),
  unreadable: described(
    v.number(),
    'How many have one that does not open, or that today is no event, or several. They stay as they are.',
  ),
  changed: described(v.number(), 'How many differ, and without plan went into the queue.'),
  changes: described(
    v.array(
      v.object({
        field: v.string(),
        from: described(
          v.nullable(v.string()),
          'Null for none; only whether there is one, if the field may name somebody.',
        ),
        to: v.nullable(v.string()),
        events: v.number(),
      }),
    ),
    'Changes of fields. One event may have several.',
  ),
  next_cursor: nextCursor,
})
export type Reread = v.InferOutput<typeof RereadSchema>

const OPENS = `For operators. It is sealed: a call opens ${OPENED_MAX_EVENTS.toLocaleString('en')} events at most and then gives a next_cursor, even if the page is short or empty.`

export const eventRoutes = {
  listEvents: route('GET', '/api/events', 'viewer', {
    summary: 'Events, newest first by the time at which they happened. To viewers, without what is personal.',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      type: v.optional(described(oneType, 'Only of this type.')),
      types,
      recipient: filter('Only of this address, exactly.'),
      message_id: filter(
        'Only of this message, by the id in its events or by the one that the send API answered.',
      ),
      request_id: requestIdFilter(
        'Only of the delivery with this request id. Not indexed: since and until make it faster.',
      ),
      campaign_id: filter(
        'Only of this campaign, as the ESP names it. Not indexed: since and until make it faster.',
      ),
      bounce_type: v.optional(
        described(
          v.picklist(BOUNCE_TYPES, `Must be one of ${BOUNCE_TYPES.join(', ')}.`),
          'Only bounces of this type. Not indexed: type=email.bounced, since and until make it faster.',
        ),
      ),
      cause: v.optional(
        described(
          v.picklist(CAUSES, `Must be one of ${CAUSES.join(', ')}.`),
          'Only what failed for this cause. Not indexed: types, since and until make it faster.',
        ),
      ),
      automated: v.optional(
        described(
          v.picklist(AUTOMATED, `Must be one of ${AUTOMATED.join(', ')}.`),
          'Only what a machine did, did not, or opens, clicks and unsubscribes of which nobody knows. Not indexed: types, since and until make it faster.',
        ),
      ),
      reason: filter(`Only with this text in the words of the receiving server, in any case. ${OPENS}`),
      tag: filter(`Only with this tag. ${OPENS}`),
      mailbox_provider: filter(
        `Only to this mailbox provider, by its name in the figures of deliverability: gmail. ${OPENS}`,
      ),
      since: instant(
        'Only what happened at this time or later. What is dated in the future counts as of its receipt.',
      ),
      until: instant('Only what happened before this time.'),
      ...paging,
      order: v.optional(
        v.pipe(
          v.picklist(['time', 'arrival'], 'Must be time or arrival.'),
          v.description(
            'time: newest first. arrival: in the order in which they were stored, oldest first, for those who poll. Then there is always a next_cursor: give it as after, and no event is ever skipped, however late it happened. Of the filters it takes source, type and types. A page may be short or empty.',
          ),
          v.metadata({ default: 'time' }),
        ),
      ),
      after: place(
        'With order=arrival, where to read on: a next_cursor, now, or oldest, which is the default.',
      ),
    }),
    answer: v.object({
      events: v.array(EventSchema),
      next_cursor: nextCursor,
      history_since: historySince,
    }),
    problems: ['role_too_low'],
  }),
  streamEvents: route('GET', '/api/events/stream', 'viewer', {
    summary:
      'Events as they are stored, as server-sent events. To viewers, without what is personal. It ends after ten minutes: open it again with Last-Event-ID.',
    scoped: true,
    streams: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      types,
      after: place(
        'Where to begin: the id of an event of a stream, a next_cursor, oldest, or now, which is the default.',
      ),
    }),
    answer: described(
      v.string(),
      'The type is that of the event, the data is the event as in a list, the id is the place after it. A message of the type position has only an id.',
    ),
    problems: ['too_many_streams'],
  }),
  previewFilter: route('POST', '/api/events/preview', 'operator', {
    summary: `Which of the latest ${PREVIEWED_MAX.toLocaleString('en')} events a filter lets pass, and which it leaves out.`,
    again: 'The same: nothing is changed.',
    keepsAnswer: false,
    body: v.strictObject({
      filter: described(v.unknown(), 'As in the document of a destination.'),
    }),
    shownBody: v.strictObject({ filter: FilterSchema }),
    example: { filter: { types: ['email.bounced'], where: { bounce_type: 'hard' } } },
    answer: v.object({
      events: described(v.number(), 'How many were looked at.'),
      passing: v.number(),
      since: described(v.nullable(v.string()), 'When the oldest of them happened. Null if there are none.'),
      types: v.array(v.object({ type: v.picklist(EVENT_TYPES), passing: v.number(), left_out: v.number() })),
      passed: described(v.array(EventSchema), 'The newest ones that pass.'),
      left_out: described(v.array(EventSchema), 'The newest ones that are left out.'),
    }),
    problems: ['body_invalid'],
  }),
  rereadEvents: route('POST', '/api/events/reread', 'operator', {
    summary: `Reads the originals of a source's stored events with today's code, ${REREAD_EVENTS} events a call, and puts what differs into the queue, which replaces it. Identity, order and times stay.`,
    scoped: true,
    again: 'The same: what was replaced does not differ any more.',
    isDangerous: ({ body }) => !body.plan,
    body: v.strictObject({
      source: required('Of this source.'),
      since: instant('Only what was stored at this time or later.'),
      cursor: paging.cursor,
      plan,
    }),
    example: { source: 'shop', since: '2026-11-01T00:00:00Z', plan: true },
    answer: RereadSchema,
    problems: ['queue_unavailable'],
  }),
  getEvent: route('GET', '/api/events/{id}', 'viewer', {
    summary: 'One event. To viewers, without what is personal.',
    scoped: true,
    params: { id: 'The id of the event, as a list gives it.' },
    answer: EventSchema,
    problems: ['event_unknown'],
  }),
  getOriginal: route('GET', '/api/events/{id}/original', 'operator', {
    summary:
      'The item of the ESP from which an event was read. It is text from outside. The audit log has a line for each reading.',
    scoped: true,
    params: { id: 'The id of the event, as a list gives it.' },
    answer: v.object({
      state: described(
        v.picklist(['kept', 'none', 'unreadable']),
        'none: the days of its source are over, the person was erased, or none was kept. unreadable: it does not open; the event stands.',
      ),
      original: described(v.unknown(), 'As JSON; a form as an object. Null if there is none.'),
    }),
    problems: ['event_unknown'],
  }),
} as const
