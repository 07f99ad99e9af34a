/** The first page: what needs somebody, the way of the mail in its last day, and the news that matter. */
import type { Finding } from '../../../api/health.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { type Hours, hourTotals } from '../../../store/counters.ts'
import { listEvents } from '../../../store/events.ts'
import { countSuppressed } from '../../../store/suppressions.ts'
import { mayEverywhere, seesAll } from '../../access/actor.ts'
import { findingAnswer } from '../../api/health.ts'
import type { ConsoleContext } from '../../context.ts'
import { deliveryStatus } from '../../destinations.ts'
import { health } from '../../health.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Cards } from '../components.tsx'
import type { PageRoute } from '../route.ts'
import { sourcesHealth } from '../sources/health.ts'
import { PlayAttack, demoAttack, dismissAttack } from './attack.tsx'
import { DAY_HOURS, WEEK_HOURS, dayOf, hoursOf } from './day.ts'
import { Needed, Needs } from './needs.tsx'
import { NEWS_SHOWN, NEWS_TYPES, WorthALook } from './news.tsx'
import { Outcome, SUPPRESSED_MAX } from './outcome.tsx'
import { type DestinationHealth, type Listed, Pipeline } from './pipeline.tsx'
import { Steps } from './steps.tsx'

const SOURCES_READ = 200
/** Each is a call. */
const DESTINATIONS_READ = 20
/** Refusals that are folded by network. */
const REFUSALS_READ = 100

async function showHome(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { actor, nowMs, refusalLog, store } = context
  const sinceHour = Math.floor(nowMs / HOUR_MS) + 1 - DAY_HOURS
  const hours = { sinceHour, untilHour: sinceHour + DAY_HOURS }
  const [findings, sources, destinations, totals, refusedHours, events, refusals, suppressed, attack] =
    await Promise.all([
      findingsOf(context),
      sourcesHealth(context, { limit: SOURCES_READ }),
      destinationsOf(context),
      totalsOf(context, hours),
      answered(context, 'refusal counts', () =>
        refusalLog.byTime({ sinceMinute: sinceHour * 60, stepMinutes: 60, steps: DAY_HOURS }),
      ),
      answered(context, 'events', () => listEvents(store, { types: NEWS_TYPES, limit: NEWS_SHOWN }, nowMs)),
      answered(context, 'refusals', () => refusalLog.latest({ limit: REFUSALS_READ })),
      mayEverywhere(actor, 'operator')
        ? answered(context, 'suppressions', () => countSuppressed(store, SUPPRESSED_MAX, nowMs))
        : undefined,
      demoAttack(c),
    ])
  const rows = sources?.rows
  const hasEvents = totals.now?.length !== 0 || rows?.some(({ lastHourMs }) => lastHourMs !== null)
  return answerPage(
    c,
    { title: 'Home', beside: <Needed findings={findings} />, refreshes: true },
    <>
      <Needs findings={findings} all={seesAll(actor) ? '/system' : '/incidents'} />
      {attack !== undefined && (
        <Cards>
          <PlayAttack attack={attack} />
        </Cards>
      )}
      {!hasEvents && <Steps sources={rows?.length ?? 0} destinations={destinations?.count} />}
      {(hasEvents || rows?.length !== 0) && (
        <>
          <Pipeline
            sources={sources}
            destinations={destinations}
            seesDestinations={seesAll(actor)}
            accepted={dayOf(totals, nowMs)}
            acceptedHours={hoursOf(totals, sinceHour)}
            refusedHours={refusedHours}
          />
          <Cards isSplit>
            <WorthALook events={events?.events} refusals={refusals} />
            <Outcome totals={totals} suppressed={suppressed} nowMs={nowMs} />
          </Cards>
        </>
      )}
    </>,
  )
}

async function totalsOf(context: RequestContext, { sinceHour, untilHour }: Hours) {
  const counted = (shift: number) =>
    answered(context, 'counters', () =>
      hourTotals(context.store, { sinceHour: sinceHour - shift, untilHour: untilHour - shift }),
    )
  const [now, before] = await Promise.all([counted(0), counted(WEEK_HOURS)])
  return { now, before }
}

/** Findings of the sources that the reader sees, and the rest for those who see all. Undefined if nobody can tell. */
async function findingsOf(context: RequestContext): Promise<readonly Finding[] | undefined> {
  const { actor, incidents } = context
  const found = seesAll(actor)
    ? (await health(context)).findings
    : await answered(context, 'incidents', () => incidents.findings(actor.sources))
  return found?.map(findingAnswer)
}

async function destinationsOf(context: RequestContext): Promise<Listed<DestinationHealth> | undefined> {
  if (!seesAll(context.actor)) return undefined
  const all = await answered(context, 'registry', () => context.registry.destinations.list())
  if (all === undefined) return undefined
  const rows = await Promise.all(
    all.slice(0, DESTINATIONS_READ).map(async (destination) => ({
      destination,
      delivery: await deliveryStatus(context, destination.name),
    })),
  )
  return { rows, count: all.length }
}

export const overviewPages: readonly PageRoute[] = [
  { path: '/', who: 'viewer', get: showHome },
  dismissAttack,
]
