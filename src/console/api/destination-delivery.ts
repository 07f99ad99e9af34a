/** Calls to a destination's object, and its lists: attempts, waiting deliveries, dead letters, replays. */
import * as v from 'valibot'
import { filterProblems } from '../../event/filter/filter-problems.ts'
import { FilterSchema } from '../../event/filter/filter.ts'
import { EVENT_TYPES } from '../../event/mail-event.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import {
  endReplay,
  redriveUndelivered,
  replayEvents,
  retryWaiting,
  setPaused,
  skipDelivery,
  testDestination,
} from '../destination-actions.ts'
import { shownDeliveries } from '../destinations.ts'
import { AttemptAnswer, DeadLetterAnswer, WaitingAnswer } from './destination-answers.ts'
import { DestinationAnswer, ReplayBegun, destinationAnswer } from './destinations.ts'
import { notChanged } from './changes.ts'
import { nextCursor, paging, required } from './paging.ts'
import { problem } from './problem.ts'
import { type Route, answer, param, route } from './route.ts'
import type { RequestContext } from '../request-context.ts'

const DestinationName = { name: 'The name of the destination, as in its URL.' }

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

const plan = v.optional(
  v.pipe(v.boolean(), v.description('Whether to count only, and change nothing.')),
  false,
)

const post = { method: 'POST', role: 'operator', params: DestinationName } as const

const list = { method: 'GET', role: 'viewer', params: DestinationName } as const

export const destinationDelivery: readonly Route[] = [
  route({
    ...post,
    path: '/api/destinations/{name}/test',
    id: 'testDestination',
    summary: 'Sends a signed example event to the endpoint, and shows what it answered.',
    again: 'Sends another example.',
    query: v.strictObject({
      type: v.optional(
        v.pipe(
          v.picklist(EVENT_TYPES, `Must be one of ${EVENT_TYPES.join(', ')}.`),
          v.description('Of the example. By default one that the filter of the destination lets pass.'),
        ),
      ),
    }),
    answer: v.object({
      attempt: AttemptAnswer,
      type: v.pipe(v.picklist(EVENT_TYPES), v.description('Of the example event.')),
    }),
    problems: ['destination_unknown'],
    handler: async ({ params, query }, context) =>
      withDestination(context, param(params, 'name'), async (name) =>
        answer({ ...(await testDestination(context, name, query.type ?? null)) }),
      ),
  }),
  ...([true, false] as const).map((paused) =>
    route({
      ...post,
      path: `/api/destinations/{name}/${paused ? 'pause' : 'resume'}` as const,
      id: paused ? 'pauseDestination' : 'resumeDestination',
      summary: paused
        ? 'Stops sending. Events wait in the store until the destination is resumed.'
        : 'Sends again after a pause, an open circuit, or after the destination was disabled.',
      again: 'Changes nothing.',
      answer: DestinationAnswer,
      problems: ['destination_unknown', 'version_conflict'],
      async handler({ params }, context) {
        const put = await setPaused(context, param(params, 'name'), paused)
        return put.ok ? answer(destinationAnswer(put.destination)) : notChanged(put, 'destination')
      },
    }),
  ),
  route({
    ...post,
    path: '/api/destinations/{name}/replay',
    id: 'replayEvents',
    summary: 'Sends the events again that were stored in a span of time, beside new ones.',
    again: 'Is refused while the replay runs; then it sends the events again.',
    body: v.strictObject({
      since: v.pipe(time, v.description('Events that were stored at this time or later.')),
      until: v.optional(v.pipe(time, v.description('And before this one; now if absent.'))),
      filter: v.optional(
        v.pipe(v.unknown(), v.description('In addition to the filter of the destination, in the same form.')),
      ),
      plan,
    }),
    shownBody: v.strictObject({
      since: v.string(),
      until: v.optional(v.string()),
      filter: v.optional(FilterSchema),
      plan: v.optional(v.boolean(), false),
    }),
    answer: ReplayBegun,
    statuses: [200, 202],
    problems: ['destination_unknown', 'replay_running', 'body_invalid'],
    handler: async ({ params, body }, context) =>
      withDestination(context, param(params, 'name'), async (name) => {
        const problems = body.filter === undefined ? [] : filterProblems(body.filter, 'filter')
        if (problems.length > 0) return problem('body_invalid', 'The filter is invalid.', { problems })
        const started = await replayEvents(context, name, {
          sinceMs: rfc3339Ms(body.since) ?? 0,
          untilMs: rfc3339Ms(body.until ?? '') ?? context.nowMs,
          filter: (body.filter as Record<string, unknown> | undefined) ?? null,
          plan: body.plan,
        })
        if (started === null)
          return problem('replay_running', 'A replay is running: wait for its end, or end it.')
        const { isEstimate, ...rest } = started
        return answer({ ...rest, is_estimate: isEstimate }, body.plan ? 200 : 202)
      }),
  }),
  route({
    method: 'DELETE',
    role: 'operator',
    params: DestinationName,
    path: '/api/destinations/{name}/replay',
    id: 'endReplay',
    summary: 'Ends a replay. What it has sent stays sent.',
    answer: v.object({ ended: v.boolean() }),
    problems: ['destination_unknown'],
    handler: async ({ params }, context) =>
      withDestination(context, param(params, 'name'), async (name) =>
        answer({ ended: await endReplay(context, name) }),
      ),
  }),
  route({
    ...list,
    path: '/api/destinations/{name}/attempts',
    id: 'listAttempts',
    summary:
      'The latest requests to the endpoint, newest first: at most 10,000, of about the last seven days.',
    query: v.strictObject({
      ...page,
      event_id: v.optional(required('Only attempts of this event or delivery.')),
    }),
    answer: v.object({ attempts: v.array(AttemptAnswer), next_cursor: nextCursor }),
    problems: ['destination_unknown'],
    handler: async ({ params, query }, context) =>
      withDestination(context, param(params, 'name'), async (name) => {
        const { limit, cursor, event_id } = query
        const wanted = { limit, cursor: cursor ?? null, eventId: event_id ?? null }
        const { entries, next } = await shownDeliveries(context, name).attempts(wanted)
        return answer({ attempts: entries, next_cursor: next })
      }),
  }),
  route({
    ...list,
    path: '/api/destinations/{name}/waiting',
    id: 'listWaiting',
    summary: 'Deliveries that failed and wait for their next try, oldest first.',
    query: v.strictObject(page),
    answer: v.object({ waiting: v.array(WaitingAnswer), next_cursor: nextCursor }),
    problems: ['destination_unknown'],
    handler: async ({ params, query }, context) =>
      withDestination(context, param(params, 'name'), async (name) => {
        const { limit, cursor } = query
        const { entries, next } = await shownDeliveries(context, name).waiting({
          limit,
          cursor: cursor ?? null,
        })
        return answer({ waiting: entries, next_cursor: next })
      }),
  }),
  route({
    ...post,
    path: '/api/destinations/{name}/waiting/retry',
    id: 'retryWaiting',
    summary: 'Sends waiting deliveries now: those named, or all.',
    again: 'Sends again what has failed again.',
    body: v.strictObject({ ids: v.optional(ids) }),
    answer: v.object({ retried: v.number() }),
    problems: ['destination_unknown'],
    handler: async ({ params, body }, context) =>
      withDestination(context, param(params, 'name'), async (name) => {
        return answer({ retried: await retryWaiting(context, name, body.ids ?? null) })
      }),
  }),
  route({
    ...post,
    path: '/api/destinations/{name}/waiting/skip',
    id: 'skipDelivery',
    summary:
      'Makes a waiting delivery a dead letter: it is not tried again, and what is held behind it is sent.',
    again: 'Is refused: it waits no more.',
    body: v.strictObject({ id: required('The id of the delivery.') }),
    answer: v.object({ skipped: v.string() }),
    problems: ['destination_unknown', 'delivery_unknown'],
    handler: async ({ params, body: { id } }, context) =>
      withDestination(context, param(params, 'name'), async (name) => {
        return (await skipDelivery(context, name, id))
          ? answer({ skipped: id })
          : problem('delivery_unknown', 'No delivery of this id waits.')
      }),
  }),
  route({
    ...list,
    path: '/api/destinations/{name}/dead-letters',
    id: 'listUndelivered',
    summary: 'Deliveries whose tries are used up, oldest first.',
    query: v.strictObject(page),
    answer: v.object({ dead_letters: v.array(DeadLetterAnswer), next_cursor: nextCursor }),
    problems: ['destination_unknown'],
    handler: async ({ params, query }, context) =>
      withDestination(context, param(params, 'name'), async (name) => {
        const { limit, cursor } = query
        const { entries, next } = await shownDeliveries(context, name).deadLetters({
          limit,
          cursor: cursor ?? null,
        })
        return answer({ dead_letters: entries, next_cursor: next })
      }),
  }),
  route({
    ...post,
    path: '/api/destinations/{name}/dead-letters/redrive',
    id: 'redriveUndelivered',
    summary:
      'Gives dead letters all their tries again: those named, those that died in a span of time, or all.',
    again: 'Changes nothing: they are no dead letters any more.',
    body: v.union([
      v.strictObject({ ids, plan }),
      v.strictObject({ since: time, until: v.optional(time), plan }),
      v.strictObject({ all: v.literal(true), plan }),
    ]),
    answer: v.object({ redriven: v.number() }),
    problems: ['destination_unknown'],
    handler: async ({ params, body }, context) =>
      withDestination(context, param(params, 'name'), async (name) => {
        const filter = {
          ids: 'ids' in body ? body.ids : null,
          sinceMs: 'since' in body ? (rfc3339Ms(body.since) ?? 0) : 0,
          untilMs: rfc3339Ms(('since' in body && body.until) || '') ?? Number.MAX_SAFE_INTEGER,
        }
        return answer({ redriven: await redriveUndelivered(context, name, filter, body.plan) })
      }),
  }),
]

/** An object exists for any name, so the registry is asked first. */
async function withDestination<T>(
  { registry }: RequestContext,
  name: string,
  work: (name: string) => Promise<T>,
): Promise<T | ReturnType<typeof problem>> {
  return (await registry.destination(name)) === null
    ? problem('destination_unknown', 'There is no destination of this name.')
    : work(name)
}
