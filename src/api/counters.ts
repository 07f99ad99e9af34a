/** Counters: how much happened, and how much was turned away. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { COUNTED_LATE_MAX_DAYS } from '../store/counters.ts'
import { filter, instant, nextCursor, paging } from './paging.ts'
import { route } from './route.ts'

export const DEFAULT_HOURS = 24
/** Hours of one page, counted for each source. */
export const SOURCE_HOURS_MAX = 1_000
/** Sums of refusals. */
export const REFUSAL_SUMS_MAX = 1_000

export const counterRoutes = {
  getCounters: route('GET', '/api/counters', 'viewer', {
    summary: `Events by hour, source and type, and refusals by source and code, of the last ${DEFAULT_HOURS} hours or since a time.`,
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      since: instant('From the hour of this time on. Refusals are kept for 25 hours.'),
      cursor: paging.cursor,
    }),
    answer: v.object({
      since: v.string(),
      events: described(
        v.array(v.object({ hour: v.string(), source: v.string(), type: v.string(), count: v.number() })),
        `By source and hour, the oldest first; at most ${SOURCE_HOURS_MAX.toLocaleString('en')} hours of sources a page. An event that came more than ${COUNTED_LATE_MAX_DAYS} days after its time counts when it was received.`,
      ),
      refusals: described(
        v.array(
          v.object({
            source: v.nullable(v.string()),
            code: v.string(),
            count: v.number(),
            last_at: described(v.string(), 'The minute of the last one.'),
          }),
        ),
        `The ${REFUSAL_SUMS_MAX.toLocaleString('en')} largest, with the first page. Empty on the others.`,
      ),
      next_cursor: nextCursor,
    }),
  }),
} as const
