/** Signals of a source as charts, with the week before, incidents and changes, and the same figures as a table. */
import { LONGEST_DAYS } from '../../../api/signals.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../platform/time.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import type { SignalPoint } from '../../../watch/watchers/api.ts'
import { listIncidents } from '../../incidents.ts'
import { readSignals } from '../../signals.ts'
import { Charts } from '../charts/charts.tsx'
import { type Mark, incidentMarks, momentMark } from '../charts/marks.ts'
import { type Timeline, startOf } from '../charts/series.ts'
import { spanIn, timelineOf } from '../charts/span.ts'
import { Empty, List, Part, When } from '../components.tsx'
import { INCIDENT_COLUMNS } from '../incidents/columns.tsx'
import { UNREAD_INCIDENTS } from '../incidents/list.tsx'
import { RangePicker } from '../range-picker.tsx'
import { readerOf } from '../range.ts'
import { SOURCES, signalsPath } from './resource.ts'
import { type Known, WEEK_MS, signalSeries } from './series.ts'
import { answerSource } from './tabs.ts'

/** Incidents of the source that are read, newest first. */
const INCIDENTS_READ = 50

export const showSignals = SOURCES.with(async (c, source) => {
  const context = c.get('context')
  const { nowMs } = context
  const { name } = source
  const query = new URL(c.req.url).searchParams
  const span = spanIn(query, readerOf(c), 'now-24h')
  const timeline = timelineOf(span, nowMs - LONGEST_DAYS.minute * DAY_MS, nowMs)
  const fromMs = timeline.firstMs
  const untilMs = Math.min(nowMs, startOf(timeline, timeline.count))
  const by = timeline.stepMs < HOUR_MS ? 'minute' : 'hour'
  const read = (weeks: 0 | 1) =>
    readSignals(context, name, { by, sinceMs: fromMs - weeks * WEEK_MS, untilMs: untilMs - weeks * WEEK_MS })
  const [points, past, incidents] = await Promise.all([
    read(0),
    by === 'hour' ? read(1) : undefined,
    listIncidents(context, { source: name, limit: INCIDENTS_READ }),
  ])
  const known = (of: readonly SignalPoint[]): Known => ({
    points: of,
    sinceMs: Math.min(source.createdAtMs, ...of.map(({ minute }) => minute * MINUTE_MS)),
  })
  const lasted = incidents?.filter(
    ({ sinceMs, resolvedMs }) => sinceMs < untilMs && (resolvedMs === null || resolvedMs >= fromMs),
  )
  const path = signalsPath(name)
  const isOlder = points?.some(({ minute }) => minute * MINUTE_MS < source.createdAtMs - MINUTE_MS) === true
  return answerSource(
    c,
    name,
    'Signals',
    <>
      <RangePicker path={path} query={query} {...(span.to === 'now' && { chosen: span.from })} />
      {isOlder && (
        <p class="soft">
          The source was made <When at={source.createdAtMs} />. What is before is the past that{' '}
          <code>npm start</code> makes up, or of an earlier source of this name.
        </p>
      )}
      {points === undefined ? (
        <Empty>The object that watches the source did not answer. Load the page again.</Empty>
      ) : (
        <Charts
          timeline={timeline}
          series={signalSeries(timeline, known(points), past && known(past))}
          marks={[...incidentMarks(timeline, lasted ?? []), ...changeMarks(timeline, source)]}
          zooms
          caption="Signals, newest first"
          empty="Nothing happened in this time, or the watch has not seen it yet."
        />
      )}
      <Part id="incidents" title="Incidents" lead="Those that lasted in this time.">
        <List
          caption="Incidents"
          columns={INCIDENT_COLUMNS}
          rows={lasted}
          unread={UNREAD_INCIDENTS}
          empty="There was none."
        />
      </Part>
    </>,
    {
      aside: (
        <a href={`${path}?${new URLSearchParams({ from: span.from, to: span.to }).toString()}`}>Refresh</a>
      ),
    },
  )
})

/** Moments at which the source or one of its secrets was changed. */
function changeMarks(timeline: Timeline, source: SourceView): Mark[] {
  const { name, createdAtMs, updatedAtMs } = source
  const href = SOURCES.pathOf(name)
  const moments = new Map([
    [createdAtMs, 'Source made'],
    [updatedAtMs, 'Source changed'],
  ])
  return [...moments].flatMap(
    ([atMs, text]) => momentMark(timeline, atMs, { kind: 'change', href, text }) ?? [],
  )
}
