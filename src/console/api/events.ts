/** Handlers of events. */
import { A_PLACE, eventRoutes, isType } from '../../api/events.ts'
import type { Filter } from '../../event/filter/filter.ts'
import { filterProblems } from '../../event/filter/filter-problems.ts'
import type { EventType } from '../../event/mail-event.ts'
import { isArrivalPlace } from '../../store/sealed-cursor.ts'
import { arrivalCursor, listArrived } from '../../store/arrived-events.ts'
import { findEvent, findOriginal, listEvents } from '../../store/events.ts'
import { historySince } from '../../store/history.ts'
import { parseStored } from '../../platform/json.ts'
import { may } from '../access/actor.ts'
import { previewFilter } from '../filter-preview.ts'
import { eventStream } from '../live/event-stream.ts'
import { note } from '../note.ts'
import { rereadPage } from '../reread.ts'
import type { RequestContext } from '../request-context.ts'
import { badParameters } from './input.ts'
import { problem } from '../../api/problem.ts'
import { answer, streamed, bindRoutes } from './route.ts'

const PERSONAL_FORBIDDEN = problem(
  'role_too_low',
  'To ask by address, reason, tag or mailbox provider takes the role operator.',
)
const PERSONAL = ['recipient', 'reason', 'tag', 'mailbox_provider'] as const

const UNKNOWN = problem(
  'event_unknown',
  'There is no event with this id. If it is old, retention may have removed it.',
)

const QUEUE_UNAVAILABLE = problem('queue_unavailable', 'The queue did not take all. The same call goes on.', {
  headers: { 'retry-after': '10' },
})

const STREAM_RETRY_SECONDS = 10
const TOO_MANY_STREAMS = problem('too_many_streams', 'Too many streams are open. Try again, or poll.', {
  headers: { 'retry-after': String(STREAM_RETRY_SECONDS) },
})

export const events = bindRoutes(eventRoutes, {
  async listEvents({ query: { order, after, type, types: list, ...query } }, { store, actor, nowMs }) {
    // Whether an address has events is personal, too.
    if (PERSONAL.some((name) => query[name] !== undefined) && !may(actor, 'operator'))
      return PERSONAL_FORBIDDEN
    if (type !== undefined && list !== undefined)
      return badParameters([{ path: 'types', problem: 'Is not taken with type.' }])
    const types = type === undefined ? list?.split(',').filter(isType) : [type]
    if (order === 'arrival') return arrived(store, after, { ...query, types })
    if (after !== undefined) return badParameters([{ path: 'after', problem: 'Is of order=arrival alone.' }])
    const [page, history_since] = await Promise.all([
      listEvents(store, { ...query, types }, nowMs),
      historySince(store),
    ])
    return answer({ ...page, history_since })
  },

  async previewFilter({ body: { filter } }, context) {
    const problems = filterProblems(filter, 'filter')
    if (problems.length > 0) return problem('body_invalid', 'The filter is invalid.', { problems })
    return answer(await previewFilter(context, filter as Filter))
  },

  async getEvent({ params: { id } }, { store }) {
    const event = await findEvent(store, id)
    return event === undefined ? UNKNOWN : answer(event)
  },

  async getOriginal({ params: { id } }, context) {
    const found = await findOriginal(context.store, id)
    if (found === undefined) return UNKNOWN
    const { state } = found
    if (state !== 'kept') return answer({ state, original: null })
    // All that the ESP said, whoever it names.
    await note(context, 'original.read', `event/${id}`)
    return answer({ state, original: parseStored(found.text) ?? null })
  },

  async rereadEvents({ body: { since, ...asked } }, context) {
    const sinceMs = since === undefined ? 0 : Date.parse(since)
    const done = await rereadPage(context, { ...asked, sinceMs })
    return done === 'queue_unavailable' ? QUEUE_UNAVAILABLE : answer(done)
  },

  async streamEvents({ query, lastEventId }, { store, live, who, nowMs, reportUnavailable }) {
    if (lastEventId !== undefined && !isArrivalPlace(lastEventId))
      return badParameters([{ path: 'Last-Event-ID', problem: A_PLACE }])
    const place = live.streams.open(who.actor, nowMs)
    if (place === undefined) return TOO_MANY_STREAMS
    const { source, after = 'now' } = query
    const types = query.types?.split(',').filter(isType)
    const from = await arrivalCursor(store, lastEventId ?? after)
    const onFault = (cause: unknown) => reportUnavailable('store', cause)
    return streamed(eventStream({ store, live, source, types, after: from, place, onFault }))
  },
})

interface ArrivalFilters {
  readonly source?: string | undefined
  readonly types: readonly EventType[] | undefined
  readonly limit: number
}

/** Other filters need an index by time. */
async function arrived(
  store: RequestContext['store'],
  after: string | undefined,
  { source, types, limit, ...rest }: ArrivalFilters,
) {
  const others = Object.keys(rest)
  if (others.length > 0)
    return badParameters(others.map((path) => ({ path, problem: 'Is not taken with order=arrival.' })))
  const [{ events, next }, history_since] = await Promise.all([
    listArrived(store, { source, types, limit, after: after ?? 'oldest' }),
    historySince(store),
  ])
  return answer({ events: events.map(({ event }) => event), next_cursor: next, history_since })
}
