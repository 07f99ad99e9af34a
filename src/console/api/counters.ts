/** Counters: how much happened, and how much was turned away. */
import * as v from 'valibot'
import { rfc3339Ms, toInstant } from '../../platform/time.ts'
import { counts } from '../../store/counters.ts'
import { type RefusalSum, sumRefusals } from '../refusal-sums.ts'
import { filter, instant } from '../../api/paging.ts'
import { type Route, answer, route } from './route.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const DEFAULT_HOURS = 24

export const counters: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/counters',
    id: 'getCounters',
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
      refusals: v.array(v.object({ source: v.nullable(v.string()), code: v.string(), count: v.number() })),
    }),
    async handler({ query }, { store, watch, nowMs }) {
      const sinceMs = rfc3339Ms(query.since ?? '') ?? nowMs - DEFAULT_HOURS * HOUR_MS
      const sinceHour = Math.floor(sinceMs / HOUR_MS)
      const [events, refusals] = await Promise.all([
        counts(store, { source: query.source, sinceHour }),
        watch.totals((sinceHour * HOUR_MS) / MINUTE_MS),
      ])
      return answer({
        since: toInstant(sinceHour * HOUR_MS),
        events: events.map(({ hour, source, type, count }) => ({
          hour: toInstant(hour * HOUR_MS),
          source,
          type,
          count,
        })),
        refusals: sumRefusals(refusals).filter(isOf(query.source)),
      })
    },
  }),
]

const isOf =
  (wanted: string | undefined) =>
  ({ source }: RefusalSum): boolean =>
    wanted === undefined || source === wanted
