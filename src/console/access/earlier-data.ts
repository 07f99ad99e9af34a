/**
 * Whether something is stored under the name of a source from before the source was made. An earlier source of that name has stored it,
 * and a token that is limited to the name would read it.
 */
import { HOUR_MS, MINUTE_MS, toInstant } from '../../platform/time.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { counts } from '../../store/counters.ts'
import { toCursor } from '../../store/cursor.ts'
import { listDeadLetters } from '../../store/dead-letters.ts'
import { listEvents } from '../../store/events.ts'
import { listQuarantine } from '../../store/quarantine.ts'
import { listIncidents } from '../incidents.ts'
import type { RequestContext } from '../request-context.ts'

/** Incidents of a source that are looked at, the newest. */
const INCIDENTS_MAX = 500

export async function hasEarlierData(
  context: RequestContext,
  { name: source, createdAtMs }: SourceView,
): Promise<boolean> {
  const { store, refusalLog, nowMs } = context
  const limit = 1
  const cursor = toCursor({ atMs: createdAtMs, id: '' })
  const found = await Promise.all([
    listEvents(store, { source, until: toInstant(createdAtMs), limit }, nowMs).then(({ events }) => events),
    listQuarantine(store, { source, cursor, limit }).then(({ quarantine }) => quarantine),
    listDeadLetters(store, { source, cursor, limit }).then(({ dead_letters: letters }) => letters),
    counts(store, { source, sinceHour: 0, limit }).then((page) =>
      page.counts.filter(({ hour }) => hour < Math.floor(createdAtMs / HOUR_MS)),
    ),
    refusalLog
      .totals(0, Math.floor(createdAtMs / MINUTE_MS) - 1)
      .then((totals) => totals.filter((one) => one.source === source)),
    listIncidents(context, { source, limit: INCIDENTS_MAX }).then((incidents) =>
      // While their object does not answer, there may be some.
      incidents === undefined ? [null] : incidents.filter(({ openedMs }) => openedMs < createdAtMs),
    ),
  ])
  return found.some(({ length }) => length > 0)
}
