/** Sources, and how each stands: counts of the last 24 hours, and what is wrong. */
import { providerTitle } from '../../../providers/facts.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { lastHours, sourceHours } from '../../../store/counters.ts'
import { sees } from '../../access/actor.ts'
import { webhookUrl } from '../../api/sources.ts'
import { OPEN_STATES, listIncidents } from '../../incidents.ts'
import { sourceState } from '../../messages/source-states.ts'
import type { Tone } from '../../messages/tone.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { containmentsOf, isPause } from './pause.tsx'

export interface SourceHealth {
  readonly source: SourceView
  /** Where the ESP sends to. */
  readonly url: string
  readonly state: readonly [tone: Tone, word: string]
  /** Beginning of the hour of the newest event, in milliseconds; null if there is none, undefined if that is not known. */
  readonly lastHourMs: number | null | undefined
  /** Events by hour, the oldest first. Undefined where the counters could not be read. */
  readonly hours: readonly number[] | undefined
  /** Refusals by hour. */
  readonly refused: readonly number[] | undefined
}

/** Hours that are counted. Refusals are kept for one more. */
const HOURS = 24
/** Incidents that are read, newest first. */
const INCIDENTS_READ = 100

/** A source of which the last deliveries were refused: no incident yet. */
export const REFUSED = { kind: 'source_refused', severity: 'warning' } as const

/** Incidents that are not over, the most severe first. @param source null for those of all sources */
export async function openIncidents(context: RequestContext, source: string | null): Promise<Incident[]> {
  const query = { states: OPEN_STATES, source, severity: 'warning', limit: INCIDENTS_READ } as const
  const found = (await listIncidents(context, query)) ?? []
  return found.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
}

export interface SourcesRead {
  /** Part of a name or of a provider's. */
  readonly sought?: string
  /** Names after this one. */
  readonly after?: string
  readonly limit: number
}

export interface SourcesHealth {
  readonly rows: readonly SourceHealth[]
  /** Of these and of those behind the limit. */
  readonly count: number
  /** The name after which the next page begins; null on the last one. */
  readonly next: string | null
  /** Names in events of the last 24 hours that are no source: of a queue, or of a source that was removed. */
  readonly others: readonly string[]
}

/** @returns undefined if the registry did not answer */
export async function sourcesHealth(
  context: RequestContext,
  { sought = '', after = '', limit }: SourcesRead,
): Promise<SourcesHealth | undefined> {
  const { registry, refusalLog, store, actor, nowMs } = context
  const untilHour = Math.floor(nowMs / HOUR_MS) + 1
  const sinceHour = untilHour - HOURS
  const others = Promise.all([
    answered(context, 'counters', () => lastHours(store)),
    answered(context, 'refusal counts', () =>
      refusalLog.bySource({ sinceMinute: sinceHour * 60, stepMinutes: 60, steps: HOURS }),
    ),
    openIncidents(context, null),
    containmentsOf(context, null),
    answered(context, 'findings', () => context.incidents.findings(actor.sources)),
  ])
  const views = await answered(context, 'registry', () => registry.sources.list())
  const seen = views?.filter(({ name }) => sees(actor, name))
  const found = seen?.filter(
    ({ name, config: { provider } }) =>
      name > after && `${name} ${provider} ${providerTitle(provider)}`.toLowerCase().includes(sought),
  )
  const shown = found?.slice(0, limit) ?? []
  const names = shown.map(({ name }) => name)
  const counted = await answered(context, 'counters', () =>
    sourceHours(store, names, { sinceHour, untilHour }),
  )
  const [last, refusals, incidents, containments, findings] = await others
  if (seen === undefined || found === undefined) return undefined
  /** Sums of the events of a source by hour. */
  const byHour = (name: string): number[] | undefined => {
    if (counted === undefined) return undefined
    const hours = Array.from({ length: HOURS }, () => 0)
    for (const { source, hour, count } of counted) {
      const at = hour - sinceHour
      if (source === name && at in hours) hours[at] = (hours[at] ?? 0) + count
    }
    return hours
  }
  const rows = shown.map((source): SourceHealth => {
    const { name } = source
    const hour = last && (last.get(name) ?? null)
    const lastHourMs = typeof hour === 'number' ? hour * HOUR_MS : hour
    const standing = {
      source,
      incident:
        incidents.find(({ sources }) => sources.includes(name)) ??
        findings?.find(({ kind, source: about }) => kind === REFUSED.kind && about === name),
      isPaused: containments?.some((one) => one.source === name && isPause(one)) ?? false,
      // Its newest event is of that hour: of its end at the latest.
      lastEventMs: typeof lastHourMs === 'number' ? lastHourMs + HOUR_MS : lastHourMs,
    }
    return {
      source,
      url: webhookUrl(source, context.gatewayUrl),
      state: sourceState(standing, nowMs),
      lastHourMs,
      hours: byHour(name),
      refused: refusals && (refusals[name] ?? Array.from({ length: HOURS }, () => 0)),
    }
  })
  const known = new Set((views ?? []).map(({ name }) => name))
  return {
    rows,
    count: found.length,
    next: found.length > limit ? (names.at(-1) ?? null) : null,
    others: [...(last ?? [])]
      .filter(([name, hour]) => hour >= sinceHour && !known.has(name) && sees(actor, name))
      .map(([name]) => name),
  }
}
