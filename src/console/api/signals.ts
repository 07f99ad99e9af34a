/** Handlers of signals. */
import { DEFAULT_DAYS, type Signal, signalRoutes } from '../../api/signals.ts'
import type { Frozen } from '../../api/route.ts'
import { DAY_MS, MINUTE_MS, rfc3339Ms, toInstant } from '../../platform/time.ts'
import { SHOWN_ROWS, fieldOf } from '../../watch/signals/signals.ts'
import type { SignalPoint } from '../../watch/watchers/api.ts'
import { readSignals } from '../signals.ts'
import { problem } from '../../api/problem.ts'
import { answer, bindRoutes } from './route.ts'

export const signals = bindRoutes(signalRoutes, {
  async getSignals({ params: { name }, query: { by, since, until } }, context) {
    if ((await context.registry.sources.find(name)) === null)
      return problem('source_unknown', 'There is no source of this name.')
    const untilMs = rfc3339Ms(until ?? '') ?? context.nowMs
    const sinceMs = rfc3339Ms(since ?? '') ?? untilMs - DEFAULT_DAYS[by] * DAY_MS
    const points = await readSignals(context, name, { by, sinceMs, untilMs })
    return points === undefined
      ? problem('not_set_up', 'The object that watches the source does not answer.')
      : answer({ signals: points.map(signalAnswer) })
  },
})

function signalAnswer({ minute, minutes, signals: of, score }: SignalPoint): Frozen<Signal> {
  return {
    at: toInstant(minute * MINUTE_MS),
    minutes,
    ...Object.fromEntries(SHOWN_ROWS.map(([name]) => [fieldOf(name), of[name]])),
    score,
  }
}
