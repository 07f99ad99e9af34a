/** The first page: what is wrong, what happened last, and where to look next. */
import type { FC } from 'hono/jsx'
import { SEVERITIES, isAtLeast } from '../../../watch/severity.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { listEvents } from '../../../store/events.ts'
import type { ConsoleContext } from '../../context.ts'
import { OPEN_STATES, listIncidents } from '../../incidents.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { List, Part, When } from '../components.tsx'
import { EVENT_COLUMNS } from '../events/columns.tsx'
import { IncidentBanner } from '../incidents/banner.tsx'
import { INCIDENT_COLUMNS } from '../incidents/columns.tsx'
import { UNREAD_INCIDENTS } from '../incidents/list.tsx'
import type { PageRoute } from '../route.ts'
import { type Counted, countRecent, total } from '../sources/health.ts'

const EVENTS = 10
const INCIDENTS = 100
const INCIDENTS_SHOWN = 5

async function showOverview(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const [counted, events, incidents] = await Promise.all([
    countRecent(context),
    answered(context, 'events', () => listEvents(context.store, { limit: EVENTS }, context.nowMs)),
    listIncidents(context, { states: OPEN_STATES, limit: INCIDENTS }),
  ])
  return answerPage(
    c,
    { title: 'Overview', aside: <a href="/">Refresh</a> },
    <>
      <IncidentBanner incidents={unacknowledgedOf(incidents ?? [])} />
      <Figures counted={counted} />
      <Part
        id="incidents"
        title="What is wrong"
        lead="Incidents that are not over, newest first."
        aside={<a href="/incidents">All incidents</a>}
      >
        <List
          caption="Incidents"
          columns={INCIDENT_COLUMNS}
          rows={incidents?.slice(0, INCIDENTS_SHOWN)}
          unread={UNREAD_INCIDENTS}
          empty="Nothing is wrong, as far as the watch knows."
        />
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

const unacknowledgedOf = (incidents: readonly Incident[]): Incident[] =>
  incidents
    .filter(({ acknowledgedMs, severity }) => acknowledgedMs === null && isAtLeast(severity, 'warning'))
    .toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))

/** The numbers that say whether mail is flowing. */
const Figures: FC<{ counted: Counted }> = ({ counted: { sinceMs, accepted, refused } }) => (
  <>
    <dl class="figures">
      <Figure term="events" value={total(accepted)} href="/events" />
      <Figure term="refused" value={total(refused)} href="/refusals" />
    </dl>
    <p class="soft">
      Since <When at={sinceMs} />.
    </p>
  </>
)

/** A number that is a link to what it counts. */
const Figure: FC<{ term: string; value: number | undefined; href: string }> = ({ term, value, href }) => (
  <div>
    <dt>{term}</dt>
    <dd class="figure">
      <a href={href}>{value?.toLocaleString('en') ?? '–'}</a>
    </dd>
  </div>
)

export const overviewPages: readonly PageRoute[] = [{ path: '/', who: 'viewer', get: showOverview }]
