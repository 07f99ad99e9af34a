/** Quarantine: authentic deliveries that could not be understood, to be looked at, read again or thrown away. */
import * as v from 'valibot'
import { LEVELS, SecuritySchema, securityOf } from '../../event/decision.ts'
import { listQuarantine, readQuarantine } from '../../store/quarantine.ts'
import { deleteQuarantined } from '../operator-actions.ts'
import { replay } from '../replay.ts'
import { filter, nextCursor, paging } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

const QuarantineAnswer = v.object({
  id: v.string(),
  source: v.string(),
  provider: v.string(),
  request_id: v.string(),
  received_at: v.string(),
  problem: v.pipe(v.string(), v.description('Why it was not understood: a stable code.')),
  item: v.pipe(
    v.boolean(),
    v.description(
      'Whether it is one item of a batch whose other items went through. A whole delivery is kept where its body is not understood, or too many of its items are not; then the others went through, too.',
    ),
  ),
  bytes: v.number(),
})

const QuarantineWhole = v.object({
  ...QuarantineAnswer.entries,
  content_type: v.pipe(v.nullable(v.string()), v.description('Media type and boundary.')),
  query: v.string(),
  headers: v.pipe(v.record(v.string(), v.string()), v.description('Headers that the proof covered.')),
  security: v.pipe(
    v.object({ ...SecuritySchema.entries, level: v.nullable(v.picklist(LEVELS)) }),
    v.description('How its delivery was let in.'),
  ),
  body: v.pipe(v.string(), v.description('The bytes as they came, in base64.')),
})

const Id = { id: 'The id of the quarantined delivery or item.' }

const GONE = problem('quarantine_unknown', 'There is nothing in quarantine under this id.')

const REPLAY_PROBLEMS = {
  quarantine_unknown: GONE,
  still_not_understood: problem(
    'still_not_understood',
    'The provider’s code does not understand it yet. It stays in quarantine.',
  ),
  queue_unavailable: problem('queue_unavailable', 'The queue did not take it. It stays in quarantine.', {
    headers: { 'retry-after': '10' },
  }),
} as const

export const quarantine: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/quarantine',
    id: 'listQuarantine',
    summary: 'What is in quarantine, newest first.',
    role: 'viewer',
    scoped: true,
    query: v.strictObject({ source: filter('Only of this source.'), ...paging }),
    answer: v.object({ quarantine: v.array(QuarantineAnswer), next_cursor: nextCursor }),
    async handler({ query }, { store }) {
      const { quarantine, next_cursor } = await listQuarantine(store, query)
      return answer({ quarantine, next_cursor })
    },
  }),
  route({
    method: 'GET',
    path: '/api/quarantine/{id}',
    id: 'getQuarantined',
    summary: 'One quarantined delivery or item, whole.',
    role: 'operator',
    scoped: true,
    params: Id,
    answer: QuarantineWhole,
    problems: ['quarantine_unknown'],
    async handler({ params }, { store }) {
      const row = await readQuarantine(store, param(params, 'id'))
      return row === undefined ? GONE : answer(wholeAnswer(row))
    },
  }),
  route({
    method: 'POST',
    path: '/api/quarantine/{id}/replay',
    id: 'replayQuarantined',
    summary: 'Reads it again with the provider’s code of today, and puts what is understood into the queue.',
    role: 'operator',
    scoped: true,
    again: 'The same: events that are stored are not stored twice, and nothing is in quarantine twice.',
    params: Id,
    answer: v.object({
      events: v.pipe(v.number(), v.description('How many events went into the queue.')),
      quarantined: v.pipe(
        v.number(),
        v.description(
          'How many records of it are left in quarantine: each item that is still not understood, or the whole as it is.',
        ),
      ),
    }),
    problems: ['quarantine_unknown', 'still_not_understood', 'queue_unavailable'],
    async handler({ params }, context) {
      const replayed = await replay(context, param(params, 'id'))
      return replayed.ok
        ? answer({ events: replayed.events, quarantined: replayed.quarantined })
        : REPLAY_PROBLEMS[replayed.code]
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/quarantine/{id}',
    id: 'deleteQuarantined',
    summary: 'Throws it away: what it says is lost.',
    role: 'operator',
    scoped: true,
    params: Id,
    answer: v.object({ removed: v.string() }),
    problems: ['quarantine_unknown'],
    async handler({ params }, context) {
      const id = param(params, 'id')
      return (await deleteQuarantined(context, id)) ? answer({ removed: id }) : GONE
    },
  }),
]

type Whole = NonNullable<Awaited<ReturnType<typeof readQuarantine>>>

function wholeAnswer({ quarantined, delivery, ...entry }: Whole) {
  const { content_type, query, headers, body } = quarantined
  return {
    ...entry,
    content_type,
    query,
    headers,
    body,
    security: { ...securityOf(delivery), level: delivery.level ?? null },
  }
}
