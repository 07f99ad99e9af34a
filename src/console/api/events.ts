/** Events: what happened to whose mail. */
import * as v from 'valibot'
import { SecuritySchema } from '../../event/decision.ts'
import { EVENT_TYPES, type EventType, MailEventSchema } from '../../event/mail-event.ts'
import { isArrivalPlace } from '../../store/arrival-cursor.ts'
import { arrivalCursor, listArrived } from '../../store/arrived-events.ts'
import { listEvents } from '../../store/events.ts'
import { may } from '../access/actor.ts'
import { eventStream } from '../live/event-stream.ts'
import type { RequestContext } from '../request-context.ts'
import { badParameters } from './input.ts'
import { filter, instant, nextCursor, paging, requestIdFilter } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, route, streamed } from './route.ts'

/** An event in its flat form, and how its delivery was let in. */
export const EventAnswer = v.object({ ...MailEventSchema.entries, security: SecuritySchema })

const ADDRESS_FORBIDDEN = problem('role_too_low', 'To ask by address takes the role operator.')

const STREAM_RETRY_SECONDS = 10
const TOO_MANY_STREAMS = problem('too_many_streams', 'Too many streams are open. Try again, or poll.', {
  headers: { 'retry-after': String(STREAM_RETRY_SECONDS) },
})

const A_PLACE = 'Must be now, oldest, or a cursor that an earlier answer gave.'

const place = (description: string) =>
  v.optional(v.pipe(v.string(), v.check(isArrivalPlace, A_PLACE), v.description(description)))

const oneType = v.picklist(EVENT_TYPES, `Must be one of ${EVENT_TYPES.join(', ')}.`)

const isType = (text: string): text is EventType => EVENT_TYPES.some((type) => type === text)

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

export const events: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/events',
    id: 'listEvents',
    summary: 'Events, newest first by the time at which they happened. To viewers, without what is personal.',
    role: 'viewer',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      type: v.optional(v.pipe(oneType, v.description('Only of this type.'))),
      recipient: filter('Only of this address, exactly.'),
      message_id: filter(
        'Only of this message, by the id in its events or by the one that the send API answered.',
      ),
      request_id: requestIdFilter(
        'Only of the delivery with this request id. Not indexed: since and until make it faster.',
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
            'time: newest first. arrival: in the order in which they were stored, oldest first, for those who poll. Then there is always a next_cursor: give it as after, and no event is ever skipped, however late it happened. Of the filters it takes source and type. A page may be short or empty.',
          ),
          v.metadata({ default: 'time' }),
        ),
      ),
      after: place(
        'With order=arrival, where to read on: a next_cursor, now, or oldest, which is the default.',
      ),
    }),
    answer: v.object({ events: v.array(EventAnswer), next_cursor: nextCursor }),
    problems: ['role_too_low'],
    async handler({ query: { order, after, ...query } }, { store, actor, nowMs }) {
      // Whether an address has events is personal, too.
      if (query.recipient !== undefined && !may(actor, 'operator')) return ADDRESS_FORBIDDEN
      if (order === 'arrival') return arrived(store, after, query)
      if (after !== undefined)
        return badParameters([{ path: 'after', problem: 'Is of order=arrival alone.' }])
      return answer(await listEvents(store, query, nowMs))
    },
  }),
  route({
    method: 'GET',
    path: '/api/events/stream',
    id: 'streamEvents',
    summary:
      'Events as they are stored, as server-sent events. To viewers, without what is personal. It ends after ten minutes: open it again with Last-Event-ID.',
    role: 'viewer',
    scoped: true,
    streams: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      types,
      after: place(
        'Where to begin: the id of an event of a stream, a next_cursor, oldest, or now, which is the default.',
      ),
    }),
    answer: v.pipe(
      v.string(),
      v.description(
        'The type is that of the event, the data is the event as in a list, the id is the place after it. A message of the type position has only an id.',
      ),
    ),
    problems: ['too_many_streams'],
    async handler({ query, lastEventId }, { store, live, nowMs, reportUnavailable }) {
      if (lastEventId !== undefined && !isArrivalPlace(lastEventId))
        return badParameters([{ path: 'Last-Event-ID', problem: A_PLACE }])
      const hold = live.streams.open(nowMs)
      if (hold === undefined) return TOO_MANY_STREAMS
      const { source, after = 'now' } = query
      const types = query.types?.split(',').filter(isType)
      const from = await arrivalCursor(store, lastEventId ?? after)
      const onFault = (cause: unknown) => reportUnavailable('store', cause)
      return streamed(eventStream({ store, live, source, types, after: from, onPoll: hold, onFault }))
    },
  }),
]

interface ArrivalFilters {
  readonly source?: string | undefined
  readonly type?: EventType | undefined
  readonly limit: number
}

/** Other filters need an index by time. */
async function arrived(
  store: RequestContext['store'],
  after: string | undefined,
  { source, type, limit, ...rest }: ArrivalFilters,
) {
  const others = Object.keys(rest)
  if (others.length > 0)
    return badParameters(others.map((path) => ({ path, problem: 'Is not taken with order=arrival.' })))
  const types = type === undefined ? undefined : [type]
  const { events, next } = await listArrived(store, { source, types, limit, after: after ?? 'oldest' })
  return answer({ events: events.map(({ event }) => event), next_cursor: next })
}
