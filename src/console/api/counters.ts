/** Handlers of counters. */
import { DEFAULT_HOURS, REFUSAL_SUMS_MAX, SOURCE_HOURS_MAX, counterRoutes } from '../../api/counters.ts'
import { HOUR_MS, MINUTE_MS, rfc3339Ms, toInstant } from '../../platform/time.ts'
import { counts } from '../../store/counters.ts'
import { type RefusalSum, sumRefusals } from '../refusal-sums.ts'
import { answer, bindRoutes } from './route.ts'

export const counters = bindRoutes(counterRoutes, {
  async getCounters({ query }, { store, refusalLog, nowMs }) {
    const sinceMs = rfc3339Ms(query.since ?? '') ?? nowMs - DEFAULT_HOURS * HOUR_MS
    const sinceHour = Math.floor(sinceMs / HOUR_MS)
    const { source, cursor } = query
    const [page, refusals] = await Promise.all([
      counts(store, { source, sinceHour, limit: SOURCE_HOURS_MAX, cursor }),
      cursor === undefined ? refusalLog.totals((sinceHour * HOUR_MS) / MINUTE_MS) : [],
    ])
    return answer({
      since: toInstant(sinceHour * HOUR_MS),
      events: page.counts.map(({ hour, ...count }) => ({ ...count, hour: toInstant(hour * HOUR_MS) })),
      refusals: sumRefusals(refusals)
        .filter(isOf(source))
        .slice(0, REFUSAL_SUMS_MAX)
        .map(({ source, code, count, lastMs }) => ({ source, code, count, last_at: toInstant(lastMs) })),
      next_cursor: page.next_cursor,
    })
  },
})

const isOf =
  (wanted: string | undefined) =>
  ({ source }: RefusalSum): boolean =>
    wanted === undefined || source === wanted
