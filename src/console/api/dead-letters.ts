/** Dead letters: messages of the queue that could not be worked off, to be put back or thrown away. */
import * as v from 'valibot'
import { EVENT_TYPES } from '../../event/mail-event.ts'
import { DEAD_REASONS, listDeadLetters } from '../../store/dead-letters.ts'
import { deleteDeadLetter } from '../operator-actions.ts'
import { REDRIVE_MAX, REDRIVE_PROBLEMS, redrive } from '../redrive.ts'
import { nextCursor, paging } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

const DeadLetterAnswer = v.object({
  id: v.string(),
  source: v.nullable(v.string()),
  event_types: v.pipe(
    v.nullable(v.array(v.picklist(EVENT_TYPES))),
    v.description('The types of its events, each once; null if its contents could not be opened.'),
  ),
  reason: v.pipe(v.picklist(DEAD_REASONS), v.description('Why it was given up.')),
  fault: v.pipe(
    v.nullable(v.string()),
    v.description('Class name of the error of the last attempt; null if there was none.'),
  ),
  attempts: v.number(),
  first_failed_at: v.pipe(
    v.string(),
    v.description(
      'Of a message that was retried, the time when it was queued, seconds before its first attempt.',
    ),
  ),
  last_failed_at: v.string(),
})

const ids = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(500))),
  v.minLength(1),
  v.maxLength(REDRIVE_MAX),
)

export const deadLetters: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/dead-letters',
    id: 'listDeadLetters',
    summary: 'Dead letters, newest first.',
    role: 'viewer',
    scoped: true,
    query: v.strictObject(paging),
    answer: v.object({ dead_letters: v.array(DeadLetterAnswer), next_cursor: nextCursor }),
    async handler({ query }, { store }) {
      const { dead_letters, next_cursor } = await listDeadLetters(store, query)
      return answer({ dead_letters, next_cursor })
    },
  }),
  route({
    method: 'POST',
    path: '/api/dead-letters/redrive',
    id: 'redriveDeadLetters',
    summary: `Puts dead letters back into the queue: those named, or the first ${REDRIVE_MAX} of all. Each stands alone.`,
    role: 'operator',
    scoped: true,
    again:
      'The same: a letter that went back is no letter any more, and events that are stored are not stored twice.',
    body: v.union([v.strictObject({ ids }), v.strictObject({ all: v.literal(true) })]),
    answer: v.object({
      redriven: v.array(v.string()),
      failed: v.array(v.object({ id: v.string(), problem: v.picklist(REDRIVE_PROBLEMS) })),
      more: v.pipe(v.boolean(), v.description('Whether letters are left: call again.')),
    }),
    handler: async ({ body }, context) => answer(await redrive(context, 'ids' in body ? body.ids : 'all')),
  }),
  route({
    method: 'DELETE',
    path: '/api/dead-letters/{id}',
    id: 'deleteDeadLetter',
    summary: 'Throws a dead letter away: its events are lost.',
    role: 'operator',
    scoped: true,
    params: { id: 'The id of the dead letter.' },
    answer: v.object({ removed: v.string() }),
    problems: ['dead_letter_unknown'],
    async handler({ params }, context) {
      const id = param(params, 'id')
      if (!(await deleteDeadLetter(context, id))) {
        return problem('dead_letter_unknown', 'There is no dead letter under this id.')
      }
      return answer({ removed: id })
    },
  }),
]
