/** Handlers of counters. */
import { DEFAULT_HOURS, counterRoutes } from '../../api/counters.ts'
import { HOUR_MS, MINUTE_MS, rfc3339Ms, toInstant } from '../../platform/time.ts'
import { counts } from '../../store/counters.ts'
import { type RefusalSum, sumRefusals } from '../refusal-sums.ts'
import { answer, bindRoutes } from './route.ts'

export const counters = bindRoutes(counterRoutes, {
  async getCounters({ query }, { store, refusalLog, nowMs }) {
    const sinceMs = rfc3339Ms(query.since ?? '') ?? nowMs - DEFAULT_HOURS * HOUR_MS
    const sinceHour = Math.floor(sinceMs / HOUR_MS)
    const [events, refusals] = await Promise.all([
      counts(store, { source: query.source, sinceHour }),
      refusalLog.totals((sinceHour * HOUR_MS) / MINUTE_MS),
    ])
    return answer({
      since: toInstant(sinceHour * HOUR_MS),
      events: events.map(({ hour, source, type, count }) => ({
        hour: toInstant(hour * HOUR_MS),
        source,
        type,
        count,
      })),
      refusals: sumRefusals(refusals)
        .filter(isOf(query.source))
        .map(({ source, code, count, lastMs }) => ({ source, code, count, last_at: toInstant(lastMs) })),
    })
  },
})

const isOf =
  (wanted: string | undefined) =>
  ({ source }: RefusalSum): boolean =>
    wanted === undefined || source === wanted
