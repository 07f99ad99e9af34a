/** Signals of a source as charts, with its incidents, and the same numbers as a table. */
import type { FC } from 'hono/jsx'
import { MINUTE_MS, toInstant } from '../../../platform/time.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { listIncidents } from '../../incidents.ts'
import { readSignals } from '../../signals.ts'
import { answerPage } from '../answer.tsx'
import { type Column, Empty, List, Nothing, Part } from '../components.tsx'
import { INCIDENT_COLUMNS } from '../incidents/columns.tsx'
import { type Bin, binsOf } from './bins.ts'
import { Chart, markOf } from './chart.tsx'
import { SOURCES, signalsPath } from './resource.ts'
import { SERIES } from './series.ts'

/** Incidents of the source that are read, newest first. */
const INCIDENTS_READ = 50

/** The spans of time that the page shows. Minutes of a bar, and how many bars there are: a hundred and more fit a phone. */
const SPANS = [
  { id: 'day', title: 'Last day', by: 'minute', binMinutes: 15, bins: 96 },
  { id: 'weeks', title: 'Last two weeks', by: 'hour', binMinutes: 60, bins: 336 },
] as const
type ShownSpan = (typeof SPANS)[number]

export const showSignals = SOURCES.with(async (c, { name }) => {
  const context = c.get('context')
  const span = SPANS.find(({ id }) => id === c.req.query('last')) ?? SPANS[0]
  const untilMs = context.nowMs
  const sinceMs = untilMs - span.bins * span.binMinutes * MINUTE_MS
  const [points, incidents] = await Promise.all([
    readSignals(context, name, { by: span.by, sinceMs, untilMs }),
    listIncidents(context, { source: name, limit: INCIDENTS_READ }),
  ])
  const bins = points && binsOf(points, untilMs / MINUTE_MS, span.binMinutes, span.bins)
  const lasted = (incidents ?? []).filter(({ resolvedMs }) => resolvedMs === null || resolvedMs >= sinceMs)
  return answerPage(
    c,
    {
      title: `Signals of ${name}`,
      back: { href: SOURCES.pathOf(name), text: 'Back to the source' },
      aside: <a href={signalsPath(name, span.id)}>Refresh</a>,
    },
    <>
      <p class="buttons">
        {SPANS.map(({ id, title }) => (
          <a class="button" href={signalsPath(name, id)} aria-current={id === span.id ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </p>
      {bins === undefined ? (
        <Empty>The object that watches the source did not answer. Load the page again.</Empty>
      ) : (
        <Signals bins={bins} span={span} incidents={lasted} />
      )}
    </>,
  )
})

interface SignalsProps {
  readonly bins: readonly Bin[]
  readonly span: ShownSpan
  readonly incidents: readonly Incident[]
}

const Signals: FC<SignalsProps> = ({ bins, span: { binMinutes }, incidents }) => {
  const marks = incidents.flatMap((one) => markOf(bins, binMinutes, one.sinceMs, one.resolvedMs) ?? [])
  const rows = bins.filter((bin) => SERIES.some(({ id }) => (bin[id] ?? 0) !== 0)).toReversed()
  return (
    <>
      <p class="lead">
        A bar is {binMinutes} minutes. Times are UTC. The colored times are those of incidents.
      </p>
      <div class="charts">
        {SERIES.map((series) => (
          <Chart series={series} bins={bins} marks={marks} />
        ))}
      </div>
      <details class="after">
        <summary>The numbers as a table</summary>
        <List
          caption="Signals, newest first"
          columns={COLUMNS}
          rows={rows}
          empty="Nothing happened in this time, or the watch has not seen it yet."
        />
      </details>
      <Part id="incidents" title="Incidents" lead="Those that lasted in this time.">
        <List caption="Incidents" columns={INCIDENT_COLUMNS} rows={incidents} empty="There was none." />
      </Part>
    </>
  )
}

const COLUMNS: readonly Column<Bin>[] = [
  {
    label: 'From',
    kind: 'name',
    cell: ({ minute }) => {
      const at = toInstant(minute * MINUTE_MS)
      return <time datetime={at}>{at.slice(0, 16).replace('T', ' ')}</time>
    },
  },
  ...SERIES.map(({ id, title, text }): Column<Bin> => ({
    label: title,
    kind: 'number',
    cell: (bin) => {
      const value = bin[id] ?? null
      return value === null ? <Nothing /> : text(value)
    },
  })),
]
