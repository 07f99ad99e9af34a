/** Dead letters: messages of the queue that could not be worked off, to be put back or thrown away. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { EVENT_TYPES } from '../event/mail-event.ts'
import { DEAD_REASONS } from '../store/dead-letters.ts'
import { filter, instant, matching, nextCursor, paging, plan } from './paging.ts'
import { route } from './route.ts'

const DeadLetterSchema = v.object({
  id: v.string(),
  source: v.nullable(v.string()),
  event_types: described(
    v.nullable(v.array(v.picklist(EVENT_TYPES))),
    'The types of its events, each once; null if its contents could not be opened.',
  ),
  reason: described(v.picklist(DEAD_REASONS), 'Why it was given up.'),
  fault: described(
    v.nullable(v.string()),
    'Class name of the error of the last attempt; null if there was none.',
  ),
  attempts: v.number(),
  first_failed_at: described(
    v.string(),
    'Of a message that was retried, the time when it was queued, seconds before its first attempt.',
  ),
  last_failed_at: v.string(),
})

/** How many one call puts back: each is a message sent and a row removed, and an answer must not take minutes. */
export const REDRIVE_MAX = 500

const REDRIVE_PROBLEMS = [
  /** Not there, or not any more. */
  'dead_letter_unknown',
  /** The message was never an envelope: the queue would only return it. */
  'not_an_envelope',
  /** The queue, or the bucket for a large one, did not take it; it stayed. */
  'queue_unavailable',
  /** The queue has it, but the row stayed. Putting it back again does no harm: its events count once. */
  'not_removed',
] as const
export type RedriveProblem = (typeof REDRIVE_PROBLEMS)[number]

const ids = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(500))),
  v.minLength(1),
  v.maxLength(REDRIVE_MAX),
)

const RedrivenSchema = v.object({
  redriven: v.array(v.string()),
  failed: v.array(v.object({ id: v.string(), problem: v.picklist(REDRIVE_PROBLEMS) })),
  more: described(v.boolean(), 'Whether letters are left: call again, with `until`.'),
  matching,
  until: described(
    v.nullable(v.string()),
    'Of a call for all: it meant letters given up before this time. Null for ids.',
  ),
})
export type Redriven = v.InferOutput<typeof RedrivenSchema>

const REASON = v.optional(described(v.picklist(DEAD_REASONS), 'Only given up for this reason.'))

export const deadLetterRoutes = {
  listDeadLetters: route('GET', '/api/dead-letters', 'viewer', {
    summary: 'Dead letters, newest first.',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      reason: REASON,
      ...paging,
    }),
    answer: v.object({ dead_letters: v.array(DeadLetterSchema), next_cursor: nextCursor }),
  }),
  redriveDeadLetters: route('POST', '/api/dead-letters/redrive', 'operator', {
    summary: `Puts dead letters back into the queue: those named, or the first ${REDRIVE_MAX} of all that match. Each stands alone.`,
    scoped: true,
    again:
      'The same: a letter that went back is no letter any more, and events that are stored are not stored twice.',
    body: v.union([
      v.strictObject({ ids }),
      v.strictObject({
        all: v.literal(true),
        source: filter('Only of this source.'),
        reason: REASON,
        until: instant('Only given up before this time: `until` of the first answer. Default: now.'),
        plan,
      }),
    ]),
    example: { all: true, reason: 'store_failed', plan: true },
    answer: RedrivenSchema,
  }),
  deleteDeadLetter: route('DELETE', '/api/dead-letters/{id}', 'operator', {
    summary: 'Throws a dead letter away: its events are lost.',
    scoped: true,
    params: { id: 'The id of the dead letter.' },
    answer: v.object({ removed: v.string() }),
    problems: ['dead_letter_unknown', 'held'],
  }),
} as const
