/** The first page: what is wrong, the last hour beside the week before, and what happened last. */
import type { Child } from 'hono/jsx'
import { HOUR_MS } from '../../../platform/time.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { hourTotals, sourceTotals } from '../../../store/counters.ts'
import { listEvents } from '../../../store/events.ts'
import { sees, seesAll } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { deliveryStatus } from '../../destinations.ts'
import { stateOfStore } from '../../health.ts'
import { OPEN_STATES, listIncidents } from '../../incidents.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { sumRefusals } from '../../refusal-sums.ts'
import { answerPage } from '../answer.tsx'
import { Charts } from '../charts/charts.tsx'
import { incidentMarks } from '../charts/marks.ts'
import { timelineTo } from '../charts/series.ts'
import { Empty, List, Part } from '../components.tsx'
import { EVENT_COLUMNS } from '../events/columns.tsx'
import { IncidentBanner } from '../incidents/banner.tsx'
import { INCIDENT_COLUMNS } from '../incidents/columns.tsx'
import { UNREAD_INCIDENTS } from '../incidents/list.tsx'
import type { PageRoute } from '../route.ts'
import { Cost } from './cost.tsx'
import { DAY_HOURS, Glance, WEEK_HOURS, overviewSeries } from './figures.tsx'
import { Steps } from './steps.tsx'
import { WrongList, wrongDestinations, wrongInside, wrongSources } from './wrong.tsx'

const EVENTS = 10
/** Incidents that are read, newest first. */
const INCIDENTS = 100
const INCIDENTS_SHOWN = 5
/** Destinations that are asked how they stand: each is a call. */
const DESTINATIONS_ASKED = 20

async function showOverview(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { nowMs } = context
  const [counted, sources, events, incidents, open, inside] = await Promise.all([
    readCounters(context),
    answered(context, 'registry', () => context.registry.sources.list()),
    answered(context, 'events', () => listEvents(context.store, { limit: EVENTS }, nowMs)),
    listIncidents(context, { limit: INCIDENTS }),
    listIncidents(context, { states: OPEN_STATES, severity: 'warning', limit: INCIDENTS }),
    seesAll(context.actor) ? readInside(context) : undefined,
  ])
  const seen = sources?.filter(({ name }) => sees(context.actor, name))
  const lasting = open?.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
  const timeline = timelineTo(nowMs, HOUR_MS, DAY_HOURS, nowMs)
  const wrong = [
    ...wrongSources(seen ?? [], counted.sources.now, counted.sources.before),
    ...wrongDestinations(inside?.destinations ?? []),
    ...wrongInside(inside?.store, inside?.watch, nowMs),
  ]
  const isNew = seen?.length === 0 || events?.events.length === 0
  return answerPage(
    c,
    { title: 'Overview', aside: <a href="/">Refresh</a> },
    <>
      <IncidentBanner incidents={(lasting ?? []).filter(({ acknowledgedMs }) => acknowledgedMs === null)} />
      {isNew && (
        <Steps
          sources={seen?.length ?? 0}
          hasEvents={(events?.events.length ?? 0) > 0}
          destinations={inside?.destinations?.length}
        />
      )}
      <Part id="wrong" title="What is wrong" aside={<a href="/incidents">All incidents</a>}>
        <WrongList rows={wrong} />
        {lasting === undefined ? (
          <Empty>{UNREAD_INCIDENTS}</Empty>
        ) : (
          <Incidents
            rows={lasting}
            nothing={wrong.length === 0 && 'Nothing is wrong, as far as the watch knows.'}
          />
        )}
      </Part>
      <Part id="hour" title="The last hours">
        <Glance totals={counted.totals} refused={counted.refused} nowMs={nowMs} />
      </Part>
      <Part id="day" title="The last day" aside={<a href="/deliverability">Deliverability</a>}>
        {counted.totals.now === undefined ? (
          <Empty>The store did not answer.</Empty>
        ) : (
          <Charts
            timeline={timeline}
            series={overviewSeries(counted.totals, timeline)}
            marks={incidentMarks(timeline, incidents ?? [])}
            caption="Events by hour, newest first"
            empty="No event in this time."
          />
        )}
      </Part>
      <Part id="events" title="What happened last" aside={<a href="/events">All events</a>}>
        <List
          caption="The last events"
          columns={EVENT_COLUMNS}
          rows={events?.events}
          unread="The store did not answer."
          empty="No event yet. The first delivery that is verified shows up here."
        />
      </Part>
      {inside?.store?.growth && (
        <Part id="cost" title="What it costs">
          <Cost
            asked={c.req.query('events') ?? ''}
            eventsADay={inside.store.growth.eventsADay}
            destinations={inside.destinations?.length ?? 0}
          />
        </Part>
      )}
    </>,
  )
}

const Incidents = ({ rows, nothing }: { rows: readonly Incident[]; nothing: Child }) =>
  rows.length === 0 ? (
    nothing !== false && <Empty>{nothing}</Empty>
  ) : (
    <List caption="Incidents" columns={INCIDENT_COLUMNS} rows={rows.slice(0, INCIDENTS_SHOWN)} empty="" />
  )

async function readCounters(context: RequestContext) {
  const { refusalLog, store, nowMs } = context
  const untilHour = Math.floor(nowMs / HOUR_MS) + 1
  const now = { sinceHour: untilHour - DAY_HOURS, untilHour }
  const before = { sinceHour: now.sinceHour - WEEK_HOURS, untilHour: untilHour - WEEK_HOURS }
  const counters = <T,>(ask: () => Promise<T>) => answered(context, 'counters', ask)
  const [totals, totalsBefore, bySource, bySourceBefore, refused] = await Promise.all([
    counters(() => hourTotals(store, now)),
    counters(() => hourTotals(store, before)),
    counters(() => sourceTotals(store, now)),
    counters(() => sourceTotals(store, before)),
    answered(context, 'refusal counts', () => refusalLog.totals((untilHour - 2) * 60)),
  ])
  return {
    totals: { now: totals, before: totalsBefore },
    sources: { now: bySource, before: bySourceBefore },
    refused: refused && sumRefusals(refused).reduce((all, { count }) => all + count, 0),
  }
}

/** Reads that belong to no source. */
async function readInside(context: RequestContext) {
  const [store, watch, destinations] = await Promise.all([
    answered(context, 'store', () => stateOfStore(context)),
    answered(context, 'incidents', () => context.incidents.status()),
    answered(context, 'registry', () => context.registry.destinations.list()),
  ])
  const statuses =
    destinations &&
    (await Promise.all(
      destinations
        .slice(0, DESTINATIONS_ASKED)
        .map(async ({ name }) => [name, await deliveryStatus(context, name)] as const),
    ))
  return { store, watch, destinations: statuses }
}

export const overviewPages: readonly PageRoute[] = [{ path: '/', who: 'viewer', get: showOverview }]
