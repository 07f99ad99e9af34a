/** A review of suppressions: those whose evidence an earlier version read wrongly, and their lifting. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { MENDED_READINGS } from '../providers/mended-readings.ts'
import { nextCursor, paging } from './paging.ts'
import { route } from './route.ts'

export const READING_NAMES = MENDED_READINGS.map(({ name }) => name)

const FINDINGS = ['mistaken', 'wish', 'held', 'incomplete', 'by_hand', 'unknown'] as const
export type Finding = (typeof FINDINGS)[number]

const ReviewedSchema = v.object({
  address: v.string(),
  reason: v.string(),
  since: v.string(),
  as_of: described(v.string(), 'Time of the newest evidence.'),
  source: v.string(),
  provider: v.nullable(v.string()),
  native_type: v.string(),
  evidence: described(v.nullable(v.string()), 'The ESP’s own words.'),
  event_id: v.string(),
  reading: described(v.string(), 'Name of the reading that was mended.'),
  why: v.string(),
  today: described(v.nullable(v.string()), 'The meaning of the event today; null if it is not known.'),
  finding: described(
    v.picklist(FINDINGS),
    'mistaken: can be lifted. wish: can be lifted with wishes, since the person may have complained or left. held: other evidence holds it. incomplete: other evidence may have been removed, or is too much to look at. by_hand: the person left some mail; narrow it by hand. unknown: what is stored does not tell.',
  ),
  held_by: described(v.nullable(v.string()), 'An event that holds it.'),
})
export type ReviewedSuppression = v.InferOutput<typeof ReviewedSchema>

/** Any text: an ESP may have reported what is no address by our rules. */
const text = v.pipe(v.string(), v.maxLength(1_000, 'Must have at most 1000 characters.'))

/** Entries that one call lifts. */
export const REVIEW_MAX = 100

export const suppressionReviewRoutes = {
  reviewSuppressions: route('GET', '/api/suppressions/review', 'operator', {
    summary:
      'Suppressed addresses whose evidence an earlier version read wrongly, and its meaning today. A page can be empty and have a next one.',
    query: v.strictObject({
      ...paging,
      only: v.optional(described(v.picklist(READING_NAMES), 'Only entries of this reading.')),
      wishes: v.optional(
        described(
          v.picklist(['true', 'false']),
          'true: what may be a wish of the person counts as mistaken.',
        ),
      ),
    }),
    answer: v.object({ suppressions: v.array(ReviewedSchema), next_cursor: nextCursor }),
  }),
  liftReviewedSuppressions: route('POST', '/api/suppressions/review', 'operator', {
    summary:
      'Lifts entries, each for its own reason only, if a new review finds them unchanged and mistaken.',
    again: 'Nothing: an entry is not lifted twice.',
    body: v.strictObject({
      entries: v.pipe(
        v.array(v.strictObject({ address: text, reason: text, as_of: v.pipe(v.string(), v.isoTimestamp()) })),
        v.minLength(1),
        v.maxLength(REVIEW_MAX),
      ),
      wishes: v.optional(v.boolean(), false),
    }),
    example: {
      entries: [{ address: 'ada@example.com', reason: 'hard_bounce', as_of: '2026-11-03T09:30:00.000Z' }],
    },
    answer: v.object({ lifted: v.number(), kept: v.number() }),
  }),
} as const
