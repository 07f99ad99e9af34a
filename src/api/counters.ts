/** Counters: how much happened, and how much was turned away. */
import * as v from 'valibot'
import { filter, instant } from './paging.ts'
import { route } from './route.ts'

export const DEFAULT_HOURS = 24

export const counterRoutes = {
  getCounters: route({
    method: 'GET',
    path: '/api/counters',
    summary: `Events by hour, source and type, and refusals by source and code, of the last ${DEFAULT_HOURS} hours or since a time.`,
    role: 'viewer',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      since: instant('From the hour of this time on. Refusals are kept for 25 hours.'),
    }),
    answer: v.object({
      since: v.string(),
      events: v.array(
        v.object({ hour: v.string(), source: v.string(), type: v.string(), count: v.number() }),
      ),
      refusals: v.array(
        v.object({
          source: v.nullable(v.string()),
          code: v.string(),
          count: v.number(),
          last_at: v.pipe(v.string(), v.description('The minute of the last one.')),
        }),
      ),
    }),
  }),
} as const
