/** The first page: sources and their health, what came last, what was refused, and what waits for an operator. */
import type { FC } from 'hono/jsx'
import type { Tone } from '../messages/tone.ts'
import { toInstant } from '../../platform/time.ts'
import { may, seesAll } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'
import { CHANNELS } from './channels/resource.ts'
import { IncidentBanner } from './incidents/banner.tsx'
import { INCIDENTS } from './incidents/resource.ts'
import { Corner, liveState } from './live.tsx'
import { type Dashboard, type Head, loadDashboard } from './load-dashboard.ts'
import { RECORD_PATH } from './record.tsx'
import { SECTIONS } from './sections/index.ts'
import { useView } from './view.ts'

export async function showDashboard(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const query = new URL(c.req.url).searchParams
  const noticed = SECTIONS.find(({ noticeOf }) => noticeOf(query) !== undefined)
  const { live, refresh } = liveState(c, noticed?.id)
  const dashboard = await loadDashboard(context)
  const parts = SECTIONS.filter(({ isShownTo }) => isShownTo(context.actor))
  return answerPage(
    c,
    { refresh, corner: <Corner live={live} />, parts, footer: <Ways /> },
    <>
      <h1 class="visually-hidden">Console</h1>
      <IncidentBanner incidents={dashboard.unacknowledged} />
      <Figures dashboard={dashboard} />
      {parts.map(({ View, noticeOf }) => (
        <View dashboard={dashboard} notice={noticeOf(query)} />
      ))}
    </>,
  )
}

/** Where else one can go from here. */
const Ways: FC = () => {
  const { actor } = useView()
  return (
    <>
      <a href={INCIDENTS.path}>Incidents</a>
      {seesAll(actor) && <a href={CHANNELS.path}>Channels</a>}
      <a href="/docs">API</a>
      {may(actor, 'admin') && seesAll(actor) && <a href={RECORD_PATH}>Record</a>}
    </>
  )
}

/** The four numbers that say whether all is well. */
const Figures: FC<{ dashboard: Dashboard }> = ({ dashboard }) => {
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
  `${countText(head?.rows.length)}${head?.hasMore === true ? '+' : ''}`

const toneOf = (head: Head<unknown> | undefined, tone: Tone): Tone =>
  (head?.rows.length ?? 0) > 0 ? tone : 'plain'

const countText = (count: number | undefined): string => count?.toLocaleString('en') ?? '?'
