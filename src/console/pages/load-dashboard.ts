/** Reads all that the first page shows, in parallel. If one read fails, its section says so and the others are shown. */
import { effectiveMs } from '../../event/effective-time.ts'
import type { Delivery } from '../../api/destinations.ts'
import type { Incident } from '../../watch/incidents/incident.ts'
import type { DestinationView } from '../../registry/destinations/destination.ts'
import type { RefusalRecord } from '../../refusals/refusal.ts'
import { SEVERITIES, isAtLeast } from '../../watch/severity.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { counts } from '../../store/counters.ts'
import { type DeadLetter, listDeadLetters } from '../../store/dead-letters.ts'
import type { StoredEvent } from '../../store/stored-event.ts'
import { listEvents } from '../../store/events.ts'
import { historySince } from '../../store/history.ts'
import { listQuarantine } from '../../store/quarantine.ts'
import { type Suppression, listSuppressions } from '../../store/suppressions.ts'
import { type Actor, may, sees, seesAll } from '../access/actor.ts'
import { webhookUrl } from '../api/sources.ts'
import { deliveryStatus } from '../destinations.ts'
import { OPEN_STATES, listIncidents } from '../incidents.ts'
import { type RefusalSum, sumRefusals } from '../refusal-sums.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { HOUR_MS } from '../../platform/time.ts'

/** Rows of the list that people look at most, and of the others. */
const EVENTS = 20
const ROWS = 10
/** Refusals that are searched for the last one of each source. */
const REFUSALS_READ = 500
/** Sources that are shown; past it the page says how many there are. */
const SOURCES = 50
/** As {@link SOURCES}, for destinations: each is a call. */
const DESTINATIONS = 50
/** Incidents that are read, so that the banner knows of the most severe one. {@link ROWS} of them are shown. */
const INCIDENTS_READ = 100

/** `undefined` where it could not be read. */
type Maybe<T> = T | undefined

export interface SourceHealth {
  readonly source: SourceView
  /** Where the ESP sends to. */
  readonly url: string
  /** Time of the newest event, in milliseconds; `undefined` when there is none. */
  readonly lastEventMs: Maybe<number>
  /** Since {@link Dashboard.sinceMs}; `undefined` where the counters could not be read. */
  readonly accepted: Maybe<number>
  readonly refused: Maybe<number>
  readonly lastRefusal: Maybe<RefusalRecord>
}

export interface DestinationHealth {
  readonly destination: DestinationView
  /** Null if it could not be read. */
  readonly delivery: Delivery | null
}

export type QuarantineRow = Awaited<ReturnType<typeof listQuarantine>>['quarantine'][number]

/** The first rows of a list. */
export interface Head<Row> {
  readonly rows: readonly Row[]
  /** Whether there are more than these. */
  readonly hasMore: boolean
  /** The length of the whole list, if it is known. */
  readonly total?: number
}

export interface Dashboard {
  /** Start of the counts: the full hour before this one. */
  readonly sinceMs: number
  readonly accepted: Maybe<number>
  readonly refused: Maybe<number>
  readonly sources: Maybe<Head<SourceHealth>>
  readonly events: Maybe<Head<StoredEvent>>
  /** RFC 3339: since when the store has all events; null if none was ever removed. */
  readonly historySince: Maybe<string | null>
  /** Incidents that are not over. */
  readonly incidents: Maybe<Head<Incident>>
  /** Of severity warning and more, and acknowledged by nobody: the most severe first. */
  readonly unacknowledged: readonly Incident[]
  readonly destinations: Maybe<Head<DestinationHealth>>
  readonly refusals: Maybe<Head<RefusalRecord>>
  readonly suppressions: Maybe<Head<Suppression>>
  readonly quarantine: Maybe<Head<QuarantineRow>>
  readonly deadLetters: Maybe<Head<DeadLetter>>
}

/** Suppressions are addresses, and belong to no source. */
export const seesSuppressions = (actor: Actor): boolean => may(actor, 'operator') && seesAll(actor)

export async function loadDashboard(context: RequestContext): Promise<Dashboard> {
  const { registry, refusalLog, store, actor, nowMs } = context
  const sinceHour = Math.floor(nowMs / HOUR_MS) - 1
  const sinceMs = sinceHour * HOUR_MS
  const read = <T>(what: string, ask: () => Promise<T>) => answered(context, what, ask)
  const [
    views,
    events,
    since,
    destinations,
    refusals,
    alarms = [],
    suppressions,
    quarantine,
    deadLetters,
    eventCounts,
    refusalCounts,
    incidents,
  ] = await Promise.all([
    read('registry', () => registry.sources.list()),
    read('events', () => listEvents(store, { limit: EVENTS }, nowMs)),
    read('history', () => historySince(store)),
    seesAll(actor) ? read('destinations', () => destinationHealth(context)) : undefined,
    read('refusals', () => refusalLog.latest({ limit: REFUSALS_READ })),
    read('alarms', () => refusalLog.latest({ class: 'alarm', limit: ROWS })),
    seesSuppressions(actor)
      ? read('suppressions', () => listSuppressions(store, { limit: ROWS }))
      : undefined,
    read('quarantine', () => listQuarantine(store, { limit: ROWS })),
    read('dead letters', () => listDeadLetters(store, { limit: ROWS })),
    read('counters', () => counts(store, { sinceHour })),
    read('refusal counts', () => refusalLog.totals(sinceMs / 60_000)),
    listIncidents(context, { states: OPEN_STATES, limit: INCIDENTS_READ }),
  ])
  const sums = refusalCounts && sumRefusals(refusalCounts)
  const seen = views?.filter(({ name }) => sees(actor, name))
  const sources = seen && firstOf(seen, SOURCES)
  const lastEvents = await Promise.all(
    (sources?.rows ?? []).map(({ name }) => lastEvent(context, name, events?.events)),
  )
  const recentAlarms = alarms.filter(({ atMs }) => atMs >= sinceMs)
  return {
    sinceMs,
    accepted: total(eventCounts),
    refused: total(sums),
    sources: sources && {
      ...sources,
      rows: sources.rows.map((source, i) => ({
        source,
        url: webhookUrl(source, context.gatewayUrl),
        lastEventMs: lastEvents[i],
        accepted: total(eventCounts?.filter(isOf(source))),
        refused: total(sums?.filter(isOf(source))),
        lastRefusal: refusals?.find(isOf(source)),
      })),
    },
    events: events && { rows: events.events, hasMore: false },
    historySince: since,
    incidents: incidents && firstOf(incidents, ROWS),
    unacknowledged: unacknowledgedOf(incidents ?? []),
    destinations,
    refusals: refusals && { rows: alarmsFirst(refusals, recentAlarms), hasMore: false },
    suppressions: suppressions && head(suppressions.suppressions, suppressions),
    quarantine: quarantine && head(quarantine.quarantine, quarantine),
    deadLetters: deadLetters && head(deadLetters.dead_letters, deadLetters),
  }
}

const unacknowledgedOf = (incidents: readonly Incident[]): Incident[] =>
  incidents
    .filter(({ acknowledgedMs, severity }) => acknowledgedMs === null && isAtLeast(severity, 'warning'))
    .toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))

async function destinationHealth(context: RequestContext): Promise<Head<DestinationHealth>> {
  const first = firstOf(await context.registry.destinations.list(), DESTINATIONS)
  const rows = await Promise.all(
    first.rows.map(async (destination) => ({
      destination,
      delivery: await deliveryStatus(context, destination.name),
    })),
  )
  return { ...first, rows }
}

/** Strangers cause refusals without end, and would push an alarm off the page. */
function alarmsFirst(newest: readonly RefusalRecord[], alarms: readonly RefusalRecord[]) {
  const ids = new Set(alarms.map(({ requestId }) => requestId))
  return [...alarms, ...newest.filter(({ requestId }) => !ids.has(requestId))].slice(0, ROWS)
}

/** The time of a source's newest event. It is queried only if the newest events of all do not include one. */
async function lastEvent(
  context: RequestContext,
  source: string,
  newest: Maybe<readonly StoredEvent[]>,
): Promise<Maybe<number>> {
  const known = newest?.find((event) => event.source === source)
  if (known !== undefined) return effectiveMs(known)
  const page = await answered(context, 'last event', () =>
    listEvents(context.store, { source, limit: 1 }, context.nowMs),
  )
  const [event] = page?.events ?? []
  return event && effectiveMs(event)
}

const firstOf = <Row>(all: readonly Row[], limit: number) => ({
  rows: all.slice(0, limit),
  hasMore: all.length > limit,
  total: all.length,
})

const head = <Row>(
  rows: readonly Row[],
  { next_cursor }: { readonly next_cursor: string | null },
): Head<Row> => ({ rows, hasMore: next_cursor !== null })

const isOf =
  ({ name }: SourceView) =>
  ({ source }: { readonly source: string | null }): boolean =>
    source === name

const total = (rows: Maybe<readonly Pick<RefusalSum, 'count'>[]>): Maybe<number> =>
  rows?.reduce((sum, { count }) => sum + count, 0)
