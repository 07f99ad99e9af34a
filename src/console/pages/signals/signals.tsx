/** Signals of a source as charts, with its incidents, and the same numbers as a table. */
import type { FC } from 'hono/jsx'
import { toInstant } from '../../../platform/time.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import type { ConsoleContext } from '../../context.ts'
import { listIncidents } from '../../incidents.ts'
import { MINUTE_MS, readSignals } from '../../signals.ts'
import { answerPage } from '../answer.tsx'
import { type Column, Empty, Nothing, Table } from '../components.tsx'
import { Part } from '../destinations/part.tsx'
import { columns as incidentColumns } from '../incidents/columns.tsx'
import { signalsPath, sourcePath } from '../source-path.ts'
import { noSource } from '../source.tsx'
import { type Bin, binsOf } from './bins.ts'
import { Chart, markOf } from './chart.tsx'
import { SERIES } from './series.ts'
import { SPANS, type ShownSpan, spanOf } from './spans.ts'

/** Incidents of the source that are read, newest first. */
const INCIDENTS_READ = 50

export async function showSignals(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const name = c.req.param('name') ?? ''
  if ((await context.registry.view(name)) === null) return noSource(c)
  const span = spanOf(c.req.query('last'))
  const untilMs = context.nowMs
  const sinceMs = untilMs - span.bins * span.binMinutes * MINUTE_MS
  const [points, incidents] = await Promise.all([
    readSignals(context, name, { by: span.by, sinceMs, untilMs }),
    listIncidents(context, { ...ANY, source: name, limit: INCIDENTS_READ }),
  ])
  const bins = points && binsOf(points, untilMs / MINUTE_MS, span.binMinutes, span.bins)
  const lasted = (incidents ?? []).filter(({ resolvedMs }) => resolvedMs === null || resolvedMs >= sinceMs)
  return answerPage(
    c,
    { title: `Signals of ${name} · Postern`, corner: <a href={signalsPath(name, span.id)}>Refresh</a> },
    <>
      <p>
        <a href={sourcePath(name)}>Back to the source</a>
      </p>
      <h1>Signals of {name}</h1>
      <Spans name={name} shown={span} />
      {bins === undefined ? (
        <Empty>The object that watches the source did not answer. Load the page again.</Empty>
      ) : (
        <Signals bins={bins} span={span} incidents={lasted} nowMs={untilMs} />
      )}
    </>,
  )
}

const ANY = { states: null, kind: null, severity: null, sinceMs: null, before: null }

const Spans: FC<{ name: string; shown: ShownSpan }> = ({ name, shown }) => (
  <p class="buttons">
    {SPANS.map(({ id, title }) => (
      <a class="button" href={signalsPath(name, id)} aria-current={id === shown.id ? 'page' : undefined}>
        {title}
      </a>
    ))}
  </p>
)

interface SignalsProps {
  readonly bins: readonly Bin[]
  readonly span: ShownSpan
  readonly incidents: readonly Incident[]
  readonly nowMs: number
}

const Signals: FC<SignalsProps> = ({ bins, span: { binMinutes }, incidents, nowMs }) => {
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
        {rows.length === 0 ? (
          <Empty>Nothing happened in this time, or the watch has not seen it yet.</Empty>
        ) : (
          <Table caption="Signals, newest first" columns={COLUMNS} rows={rows} />
        )}
      </details>
      <Part id="incidents" title="Incidents" lead="Those that lasted in this time.">
        {incidents.length === 0 ? (
          <Empty>There was none.</Empty>
        ) : (
          <Table caption="Incidents" columns={incidentColumns(nowMs)} rows={incidents} />
        )}
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
      const value = bin[id]
      return value === null ? <Nothing /> : text(value)
    },
  })),
]
