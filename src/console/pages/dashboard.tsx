/** The first page: sources and their health, what came last, what was refused, and what waits for an operator. */
import type { FC } from 'hono/jsx'
import { toInstant } from '../../platform/time.ts'
import { type Actor, may, seesAll } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'
import { type Head, loadDashboard } from './load-dashboard.ts'
import { Corner, liveState } from './live.tsx'
import { noticeOf } from './notices.ts'
import type { Tone } from './components.tsx'
import { RECORD_PATH } from './record.tsx'
import type { PageProps } from './props.ts'
import { type SectionId, sectionsFor } from './section-list.ts'
import { DeadLetters } from './sections/dead-letters.tsx'
import { Destinations } from './sections/destinations.tsx'
import { CHANNELS_PATH } from './channels/path.ts'
import { IncidentBanner } from './incidents/banner.tsx'
import { INCIDENTS_PATH } from './incidents/path.ts'
import { Events } from './sections/events.tsx'
import { Incidents } from './sections/incidents.tsx'
import { Quarantine } from './sections/quarantine.tsx'
import { Refusals } from './sections/refusals.tsx'
import { Sources } from './sections/sources.tsx'
import { Suppressions } from './sections/suppressions.tsx'

export async function showDashboard(c: ConsoleContext): Promise<Response> {
  const { nowMs, gatewayUrl, actor } = c.get('context')
  const notice = noticeOf(new URL(c.req.url).searchParams)
  const { live, refresh } = liveState(c, notice)
  const formToken = await c.get('isolate').sessions.formToken(c.get('session'))
  const props = {
    dashboard: await loadDashboard(c.get('context')),
    notice,
    formToken,
    actor,
    gatewayUrl,
    nowMs,
  }
  const corner = <Corner live={live} formToken={formToken} actor={actor} />
  return answerPage(
    c,
    { title: 'Postern', refresh, corner, parts: sectionsFor(actor), footer: <Ways actor={actor} /> },
    <Dashboard props={props} />,
  )
}

/** Where else one can go from here. */
const Ways: FC<{ actor: Actor }> = ({ actor }) => (
  <>
    <a href={INCIDENTS_PATH}>Incidents</a>
    {seesAll(actor) ? <a href={CHANNELS_PATH}>Channels</a> : ''}
    <a href="/docs">API</a>
    {may(actor, 'admin') && seesAll(actor) ? <a href={RECORD_PATH}>Record</a> : ''}
  </>
)

const VIEWS: Readonly<Record<SectionId, FC<{ props: PageProps }>>> = {
  incidents: Incidents,
  sources: Sources,
  events: Events,
  destinations: Destinations,
  refusals: Refusals,
  suppressions: Suppressions,
  quarantine: Quarantine,
  'dead-letters': DeadLetters,
}

const Dashboard: FC<{ props: PageProps }> = ({ props }) => (
  <>
    <h1 class="visually-hidden">Console</h1>
    <IncidentBanner incidents={props.dashboard.unacknowledged} />
    <Figures props={props} />
    {sectionsFor(props.actor).map(({ id }) => {
      const Section = VIEWS[id]
      return <Section props={props} />
    })}
  </>
)

/** The four numbers that say whether all is well. */
const Figures: FC<{ props: PageProps }> = ({ props: { dashboard } }) => {
  const since = `since ${toInstant(dashboard.sinceMs).slice(11, 16)} UTC`
  return (
    <dl class="figures">
      <Figure term={`events ${since}`} value={countText(dashboard.accepted)} />
      <Figure term={`refused ${since}`} value={countText(dashboard.refused)} />
      <Figure
        term="in quarantine"
        value={headText(dashboard.quarantine)}
        tone={toneOf(dashboard.quarantine, 'warn')}
      />
      <Figure
        term="dead letters"
        value={headText(dashboard.deadLetters)}
        tone={toneOf(dashboard.deadLetters, 'bad')}
      />
    </dl>
  )
}

const Figure: FC<{ term: string; value: string; tone?: Tone }> = ({ term, value, tone = 'plain' }) => (
  <div>
    <dt>{term}</dt>
    <dd class={`figure ${tone}`}>{value}</dd>
  </div>
)

/** Lists are read up to a limit: past it the number is a floor. */
const headText = (head: Head<unknown> | undefined): string =>
  `${countText(head?.rows.length)}${head?.more === true ? '+' : ''}`

const toneOf = (head: Head<unknown> | undefined, tone: Tone): Tone =>
  (head?.rows.length ?? 0) > 0 ? tone : 'plain'

const countText = (count: number | undefined): string => count?.toLocaleString('en') ?? '?'
