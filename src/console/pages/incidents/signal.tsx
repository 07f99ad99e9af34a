/** The signal that an incident is about, as a chart over its time. */
import { LONGEST_DAYS } from '../../../api/signals.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, toInstant } from '../../../platform/time.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { patternOf } from '../../../watch/patterns/index.ts'
import type { ConsoleContext } from '../../context.ts'
import { readSignals } from '../../signals.ts'
import { Charts } from '../charts/charts.tsx'
import { incidentMarks } from '../charts/marks.ts'
import { startOf } from '../charts/series.ts'
import { timelineOf } from '../charts/span.ts'
import { Empty, Part } from '../components.tsx'
import { SOURCES } from '../sources/resource.ts'
import { signalSeries } from '../sources/series.ts'

/** So much of what is usual is shown before it. */
const BEFORE_MS = HOUR_MS
const AFTER_MS = 15 * MINUTE_MS

/** Series by kind, where the pattern does not say it. */
const OF_KIND: Readonly<Record<string, readonly string[]>> = {
  bounce_share: ['bounceShare', 'accepted'],
  complaint_share: ['accepted'],
  lag: ['lagSeconds'],
  drift: ['defects', 'accepted'],
  unusual: ['score', 'accepted'],
}

const seriesOf = (kind: string): readonly string[] =>
  OF_KIND[kind] ?? (patternOf(kind)?.deliveries === 'refused' ? ['refused', 'accepted'] : ['accepted'])

/** Null for an incident of no source, or of one that is gone. */
export async function signalOf(c: ConsoleContext, incident: Incident) {
  const context = c.get('context')
  const { nowMs } = context
  const [name] = incident.sources
  const source = name === undefined ? null : await context.registry.sources.find(name)
  if (name === undefined || source === null) return null
  const fromMs = incident.sinceMs - BEFORE_MS
  const toMs = Math.min(nowMs, (incident.resolvedMs ?? nowMs) + AFTER_MS)
  const [from, to] = [toInstant(fromMs), toInstant(toMs)]
  const timeline = timelineOf({ from, to, fromMs, toMs }, nowMs - LONGEST_DAYS.minute * DAY_MS, nowMs)
  const points = await readSignals(context, name, {
    by: timeline.stepMs < HOUR_MS ? 'minute' : 'hour',
    sinceMs: timeline.firstMs,
    untilMs: Math.min(nowMs, startOf(timeline, timeline.count)),
  })
  const shown = seriesOf(incident.kind)
  const more = `${SOURCES.pathOf(name)}?${new URLSearchParams({ from, to }).toString()}`
  const sinceMs = Math.min(source.createdAtMs, ...(points ?? []).map(({ minute }) => minute * MINUTE_MS))
  const all = signalSeries(timeline, { points: points ?? [], sinceMs }, undefined)
  return (
    <Part
      id="signal"
      title="Signal"
      lead={`At ${name}, from an hour before it.`}
      aside={<a href={more}>All signals of this time</a>}
    >
      {points === undefined ? (
        <Empty>The object that watches the source did not answer. Load the page again.</Empty>
      ) : (
        <Charts
          timeline={timeline}
          series={all
            .filter(({ id }) => shown.includes(id))
            .toSorted((a, b) => shown.indexOf(a.id) - shown.indexOf(b.id))}
          marks={incidentMarks(timeline, [incident])}
          caption="The signal, newest first"
          empty="Nothing is known of this time any more."
        />
      )}
    </Part>
  )
}
