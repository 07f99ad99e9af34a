/** Quarantine: authentic deliveries that could not be understood, to be looked at, read again or thrown away. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { LEVELS, SecuritySchema } from '../event/decision.ts'
import { filter, matching, nextCursor, paging, plan } from './paging.ts'
import { route } from './route.ts'

const QuarantinedSchema = v.object({
  id: v.string(),
  source: v.string(),
  provider: v.string(),
  request_id: v.string(),
  received_at: v.string(),
  problem: described(
    v.string(),
    'Why, as a stable code. `history_removed`: the event came so late that it cannot be told from a copy of one that was removed.',
  ),
  item: described(
    v.boolean(),
    'Whether it is one item of a batch whose other items went through. A whole delivery is kept where its body is not understood, or too many of its items are not; then the others went through, too.',
  ),
  bytes: v.number(),
})

const WholeSchema = v.object({
  ...QuarantinedSchema.entries,
  content_type: described(v.nullable(v.string()), 'Media type and boundary.'),
  query: v.string(),
  headers: described(v.record(v.string(), v.string()), 'Headers that the proof covered.'),
  security: described(
    v.object({ ...SecuritySchema.entries, level: v.nullable(v.picklist(LEVELS)) }),
    'How its delivery was let in.',
  ),
  body: described(v.string(), 'The bytes as they came, in base64.'),
})

/** How many one call reads again: each is opened, noted in the audit log and sent to the queue. */
export const REPLAY_MAX = 100

const ReplayedSchema = v.object({
  matching,
  replayed: described(v.number(), 'How many were understood, at least in part.'),
  events: described(v.number(), 'How many events went into the queue.'),
  failed: v.array(
    v.object({
      id: v.string(),
      problem: v.picklist([
        'quarantine_unknown',
        'still_not_understood',
        'queue_unavailable',
        /** Altered, or sealed under another master key. */
        'seal_broken',
      ]),
    }),
  ),
  next_cursor: described(
    v.nullable(v.string()),
    'Send it as cursor to go on: what stayed is not read once more. Null at the end.',
  ),
})
export type ReplayedMany = v.InferOutput<typeof ReplayedSchema>

const params = { id: 'The id of the quarantined delivery or item.' }

export const quarantineRoutes = {
  listQuarantine: route('GET', '/api/quarantine', 'viewer', {
    summary: 'What is in quarantine, newest first.',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      problem: filter('Only with this problem.'),
      ...paging,
    }),
    answer: v.object({ quarantine: v.array(QuarantinedSchema), next_cursor: nextCursor }),
  }),
  getQuarantined: route('GET', '/api/quarantine/{id}', 'operator', {
    summary: 'One quarantined delivery or item, whole.',
    scoped: true,
    params,
    answer: WholeSchema,
    problems: ['quarantine_unknown'],
  }),
  replayQuarantined: route('POST', '/api/quarantine/{id}/replay', 'operator', {
    summary:
      'Reads it again with the provider’s code of today, and puts what is understood into the queue. Lets in an event of `history_removed`.',
    scoped: true,
    again: 'The same: events that are stored are not stored twice, and nothing is in quarantine twice.',
    params,
    answer: v.object({
      events: described(v.number(), 'How many events went into the queue.'),
      quarantined: described(
        v.number(),
        'How many records of it are left in quarantine: each item that is still not understood, or the whole as it is.',
      ),
    }),
    problems: ['quarantine_unknown', 'still_not_understood', 'queue_unavailable'],
  }),
  replayQuarantine: route('POST', '/api/quarantine/replay', 'operator', {
    summary: `Reads all that match again, at most ${REPLAY_MAX} in one call, newest first. Each stands alone.`,
    scoped: true,
    again: 'The same: events that are stored are not stored twice, and nothing is in quarantine twice.',
    body: v.strictObject({
      all: v.literal(true),
      source: filter('Only of this source.'),
      problem: filter('Only with this problem.'),
      cursor: paging.cursor,
      plan,
    }),
    example: { all: true, problem: 'item_unreadable', plan: true },
    answer: ReplayedSchema,
  }),
  deleteQuarantined: route('DELETE', '/api/quarantine/{id}', 'operator', {
    summary: 'Throws it away: what it says is lost.',
    scoped: true,
    params,
    answer: v.object({ removed: v.string() }),
    problems: ['quarantine_unknown', 'held'],
  }),
} as const
