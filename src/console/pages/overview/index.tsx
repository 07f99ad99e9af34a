/** The first page: what is wrong, the last hour beside the week before, and what happened last. */
import type { Finding } from '../../../api/health.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import { hourTotals } from '../../../store/counters.ts'
import type { Growth } from '../../../store/size.ts'
import { listEvents } from '../../../store/events.ts'
import { sees, seesAll } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { findingAnswer } from '../../api/health.ts'
import { health } from '../../health.ts'
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
import { UNREAD_INCIDENTS } from '../incidents/list.tsx'
import type { PageRoute } from '../route.ts'
import { DAY_HOURS, Glance, WEEK_HOURS, overviewSeries } from './figures.tsx'
import { Steps } from './steps.tsx'
import { WrongList } from './wrong.tsx'

const EVENTS = 10
/** Incidents that are read, newest first. */
const INCIDENTS = 100

async function showOverview(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { nowMs } = context
  const [counted, sources, events, incidents, unheeded, inside] = await Promise.all([
    readCounters(context),
    answered(context, 'registry', () => context.registry.sources.list()),
    answered(context, 'events', () => listEvents(context.store, { limit: EVENTS }, nowMs)),
    listIncidents(context, { limit: INCIDENTS }),
    listIncidents(context, { states: OPEN_STATES, severity: 'warning', limit: INCIDENTS }),
    readInside(context),
  ])
  const seen = sources?.filter(({ name }) => sees(context.actor, name))
  const bySeverity = unheeded?.toSorted(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity),
  )
  const timeline = timelineTo(nowMs, HOUR_MS, DAY_HOURS, nowMs)
  const isNew = seen?.length === 0 || events?.events.length === 0
  return answerPage(
    c,
    { title: 'Home', aside: <a href="/">Refresh</a> },
    <>
      <IncidentBanner
        incidents={(bySeverity ?? []).filter(({ acknowledgedMs }) => acknowledgedMs === null)}
      />
      {isNew && (
        <Steps
          sources={seen?.length ?? 0}
          hasEvents={(events?.events.length ?? 0) > 0}
          destinations={inside.destinations?.length}
        />
      )}
      <Part id="wrong" title="What is wrong" aside={<a href="/incidents">All incidents</a>}>
        {inside.findings === undefined ? (
          <Empty>{UNREAD_INCIDENTS}</Empty>
        ) : (
          <WrongList findings={inside.findings} all={seesAll(context.actor) ? '/system' : '/incidents'} />
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
    </>,
  )
}

async function readCounters(context: RequestContext) {
  const { refusalLog, store, nowMs } = context
  const untilHour = Math.floor(nowMs / HOUR_MS) + 1
  const now = { sinceHour: untilHour - DAY_HOURS, untilHour }
  const before = { sinceHour: now.sinceHour - WEEK_HOURS, untilHour: untilHour - WEEK_HOURS }
  const counters = <T,>(ask: () => Promise<T>) => answered(context, 'counters', ask)
  const [totals, totalsBefore, refused] = await Promise.all([
    counters(() => hourTotals(store, now)),
    counters(() => hourTotals(store, before)),
    answered(context, 'refusal counts', () => refusalLog.totals((untilHour - 2) * 60)),
  ])
  return {
    totals: { now: totals, before: totalsBefore },
    refused: refused && sumRefusals(refused).reduce((all, { count }) => all + count, 0),
  }
}

interface Inside {
  /** Undefined if nobody can tell. */
  readonly findings: readonly Finding[] | undefined
  readonly growth?: Growth | null | undefined
  readonly destinations?: readonly unknown[] | undefined
}

/** Findings of the sources that the reader sees, and the rest for those who see all. */
async function readInside(context: RequestContext): Promise<Inside> {
  const { actor, incidents, registry } = context
  if (!seesAll(actor)) {
    const found = await answered(context, 'incidents', () => incidents.findings(actor.sources))
    return { findings: found?.map(findingAnswer) }
  }
  const [looked, destinations] = await Promise.all([
    health(context),
    answered(context, 'registry', () => registry.destinations.list()),
  ])
  return { findings: looked.findings.map(findingAnswer), growth: looked.store?.growth, destinations }
}

export const overviewPages: readonly PageRoute[] = [{ path: '/', who: 'viewer', get: showOverview }]
