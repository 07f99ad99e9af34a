/** The evidence of an incident: which networks, types, campaigns and domains its events have. Bounded, and read for one incident at a time. */
import { domainOf } from '../event/mailbox-providers.ts'
import { toInstant } from '../platform/time.ts'
import { listEventRows } from '../store/events.ts'
import { personalReader } from '../store/personal.ts'
import type { EventRow } from '../store/stored-event.ts'
import type { Counted, IncidentEvidence, Sample } from '../watch/incidents/evidence.ts'
import type { Incident } from '../watch/incidents/incident.ts'
import { patternOf } from '../watch/patterns/index.ts'
import type { Pattern } from '../watch/patterns/pattern.ts'
import { isTelling } from '../watch/signals/attack-refusals.ts'
import { type RequestContext, answered } from './request-context.ts'

type Context = Pick<RequestContext, 'store' | 'refusalLog' | 'nowMs' | 'reportUnavailable'>

const SOURCES_MAX = 5
/** Of all sources and types together. */
const EVENTS_MAX = 300
const MAX_BYTES = 4_000_000
const SHOWN = 5
const SAMPLES = 3
/** Fewer people of one domain could be told from it. */
const DOMAIN_PEOPLE = 10
/** A finding may begin within a bin of minutes. */
const BEFORE_MS = 300_000

/** @returns null if it is about no events and no refusals, or what holds them does not answer */
export async function evidenceOf(context: Context, incident: Incident): Promise<IncidentEvidence | null> {
  const sources = incident.sources.slice(0, SOURCES_MAX)
  const patterns = incident.findings.flatMap(({ kind }) => patternOf(kind) ?? [])
  const span = { sinceMs: incident.sinceMs - BEFORE_MS, untilMs: incident.resolvedMs ?? context.nowMs }
  const [rows = [], refusedBy = []] = await Promise.all([
    answered(context, 'store', () => rowsOf(context, sources, patterns, incident, span)),
    answered(context, 'refusals', () => refusedNetworks(context, sources, patterns, span)),
  ])
  if (rows.length === 0 && refusedBy.length === 0) return null
  const domains = (await answered(context, 'store', () => domainsOf(context, rows))) ?? []
  return {
    events: rows.length,
    networks: most([...refusedBy, ...rows.map(({ network }): [string | null, number] => [network, 1])]),
    types: most(rows.map(({ native_type }) => [native_type, 1])),
    campaigns: most(rows.map(({ campaign_id }) => [campaign_id, 1])),
    domains: peopleOf(rows, domains),
    samples: rows.slice(0, SAMPLES).map(sampleOf),
  }
}

interface Span {
  readonly sinceMs: number
  readonly untilMs: number
}

async function rowsOf(
  { store, nowMs }: Context,
  sources: readonly string[],
  patterns: readonly Pattern[],
  incident: Incident,
  { sinceMs, untilMs }: Span,
): Promise<readonly EventRow[]> {
  const types = new Set(patterns.flatMap(({ events }) => events ?? []))
  // All events hold those of a type.
  const asked = types.has('all') ? [undefined] : [...types].filter((type) => type !== 'all')
  const pages = Math.max(1, sources.length * asked.length)
  const query = {
    since: toInstant(sinceMs),
    until: toInstant(untilMs),
    limit: Math.floor(EVENTS_MAX / pages),
  }
  const read = sources.flatMap((source) =>
    asked.map((type) =>
      listEventRows(store, { source, types: type && [type], ...query }, nowMs, MAX_BYTES / pages),
    ),
  )
  const rows = (await Promise.all(read)).flat()
  const ofNetworks = rows.filter(({ network }) => incident.networks.includes(network ?? ''))
  // The networks of a leaked secret tell its events from those of the ESP.
  return patterns.some((one) => one.hasNewNetworks) && ofNetworks.length > 0 ? ofNetworks : rows
}

async function refusedNetworks(
  { refusalLog }: Context,
  sources: readonly string[],
  patterns: readonly Pattern[],
  { sinceMs, untilMs }: Span,
): Promise<readonly [string | null, number][]> {
  if (!patterns.some(({ deliveries }) => deliveries === 'refused')) return []
  const counts = await refusalLog.totals(Math.floor(sinceMs / 60_000), Math.floor(untilMs / 60_000))
  return counts
    .filter(({ source, code }) => sources.includes(source ?? '') && isTelling(code))
    .map(({ network, count }) => [network, count])
}

/** The domain of each event's recipient; null of whoever may see no addresses. */
async function domainsOf({ store }: Context, rows: readonly EventRow[]): Promise<readonly (string | null)[]> {
  const personal = personalReader(store)
  return Promise.all(
    rows.map(async (row) => {
      const { recipient } = await personal(row)
      return recipient ? domainOf(recipient) : null
    }),
  )
}

/** Domains by people. */
function peopleOf(rows: readonly EventRow[], domains: readonly (string | null)[]): Counted[] {
  const people = new Map<string, Set<string>>()
  for (const [i, { recipient }] of rows.entries()) {
    const domain = domains[i] ?? null
    if (domain !== null && recipient !== null)
      people.set(domain, (people.get(domain) ?? new Set()).add(recipient))
  }
  return most(
    [...people].filter(([, own]) => own.size >= DOMAIN_PEOPLE).map(([domain, { size }]) => [domain, size]),
  )
}

function most(all: readonly (readonly [name: string | null, count: number])[]): Counted[] {
  const counts = new Map<string, number>()
  for (const [name, count] of all)
    if (name !== null && name !== '') counts.set(name, (counts.get(name) ?? 0) + count)
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, SHOWN)
}

const sampleOf = ({ event_id, type, received_at, request_id }: EventRow): Sample => ({
  eventId: event_id,
  type,
  receivedMs: received_at,
  requestId: request_id,
})
