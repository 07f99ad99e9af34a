/** Signals of a source: what the watch saw of it, by minute and by hour. */
import * as v from 'valibot'
import { rfc3339Ms, toInstant } from '../../platform/time.ts'
import type { SignalPoint } from '../../watch/watchers/api.ts'
import { LONGEST_DAYS, MINUTE_MS, SIGNAL_STEPS, readSignals } from '../signals.ts'
import { instant } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = { minute: 1, hour: 28 } as const

const counts = v.record(v.string(), v.number())

const SignalAnswer = v.object({
  at: v.pipe(v.string(), v.description('When it begins.')),
  minutes: v.pipe(v.number(), v.description('How long it is: 1, or 60.')),
  accepted: v.number(),
  duplicates: v.number(),
  quarantined: v.number(),
  refused: v.pipe(counts, v.description('Refused deliveries by code.')),
  events: v.pipe(counts, v.description('Events by type.')),
  failed_checks: v.pipe(counts, v.description('Checks that failed and were tolerated, by alert.')),
  lag_seconds: v.pipe(v.nullable(v.number()), v.description('Median from occurrence to receipt.')),
  body_bytes: v.pipe(v.nullable(v.number()), v.description('Median size of a body.')),
  score: v.pipe(
    v.nullable(v.number()),
    v.description('How unusual, 0 to 1; null while the detector learns.'),
  ),
})

export const signals: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/sources/{name}/signals',
    id: 'getSignals',
    summary: `What the watch saw of a source, oldest first: by minute of the last ${LONGEST_DAYS.minute} days at most, or by hour of ${LONGEST_DAYS.hour}. Times in which nothing happened are absent.`,
    role: 'viewer',
    params: { name: 'The name of the source, as in its URL.' },
    query: v.strictObject({
      by: v.pipe(v.optional(v.picklist(SIGNAL_STEPS), 'minute'), v.description('The length of a point.')),
      since: instant(
        `From this time on; without it ${DEFAULT_DAYS.minute} day by minute, or ${DEFAULT_DAYS.hour} days by hour.`,
      ),
      until: instant('Before this time; without it until now.'),
    }),
    answer: v.object({ signals: v.array(SignalAnswer) }),
    problems: ['source_unknown', 'not_set_up'],
    async handler({ params, query: { by, since, until } }, context) {
      const name = param(params, 'name')
      if ((await context.registry.view(name)) === null)
        return problem('source_unknown', 'There is no source of this name.')
      const untilMs = rfc3339Ms(until ?? '') ?? context.nowMs
      const sinceMs = rfc3339Ms(since ?? '') ?? untilMs - DEFAULT_DAYS[by] * DAY_MS
      const points = await readSignals(context, name, { by, sinceMs, untilMs })
      return points === undefined
        ? problem('not_set_up', 'The object that watches the source does not answer.')
        : answer({ signals: points.map(signalAnswer) })
    },
  }),
]

function signalAnswer({
  minute,
  minutes,
  signals: of,
  score,
}: SignalPoint): v.InferOutput<typeof SignalAnswer> {
  const refused: Record<string, number> = {}
  for (const { code, count } of of.refused) refused[code] = (refused[code] ?? 0) + count
  return {
    at: toInstant(minute * MINUTE_MS),
    minutes,
    accepted: of.accepted,
    duplicates: of.duplicates,
    quarantined: of.quarantined,
    refused,
    events: { ...of.events },
    failed_checks: { ...of.failedChecks },
    lag_seconds: of.lagSeconds,
    body_bytes: of.bodyBytes,
    score,
  }
}
