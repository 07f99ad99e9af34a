/** Sources, and whether deliveries come through: counts of the last 24 hours. */
import { effectiveMs } from '../../../event/effective-time.ts'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { type SourceHour, sourceHours } from '../../../store/counters.ts'
import { listEvents } from '../../../store/events.ts'
import { sees } from '../../access/actor.ts'
import { webhookUrl } from '../../api/sources.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { pausesOf } from './pause.tsx'

/** Refusals that are searched for the last one of each source. */
const REFUSALS_READ = 500

export interface SourceHealth {
  readonly source: SourceView
  /** Where the ESP sends to. */
  readonly url: string
  /** Time of the newest event, in milliseconds; undefined if there is none. */
  readonly lastEventMs: number | undefined
  /** Events by hour, the oldest first. Undefined where the counters could not be read. */
  readonly hours: readonly number[] | undefined
  readonly refused: number | undefined
  readonly lastRefusal: RefusalRecord | undefined
  readonly isPaused: boolean
}

/** Hours that are counted. Refusals are kept for one more. */
const HOURS = 24

const total = (rows: readonly { readonly count: number }[] | undefined): number | undefined =>
  rows?.reduce((sum, { count }) => sum + count, 0)

export interface SourcesHealth {
  readonly rows: readonly SourceHealth[]
  readonly total: number
  /** Names in events of the last 24 hours that are no source: of a queue, or of a source that was removed. */
  readonly others: readonly string[]
}

/** @returns undefined if the registry did not answer */
export async function sourcesHealth(
  context: RequestContext,
  max: number,
): Promise<SourcesHealth | undefined> {
  const { registry, refusalLog, store, actor, nowMs } = context
  const untilHour = Math.floor(nowMs / HOUR_MS) + 1
  const sinceHour = untilHour - HOURS
  const [views, counted, refused, refusals, pauses] = await Promise.all([
    answered(context, 'registry', () => registry.sources.list()),
    answered(context, 'counters', () => sourceHours(store, { sinceHour, untilHour })),
    answered(context, 'refusal counts', () => refusalLog.totals(sinceHour * 60)),
    answered(context, 'refusals', () => refusalLog.latest({ limit: REFUSALS_READ })),
    pausesOf(context, null),
  ])
  const seen = views?.filter(({ name }) => sees(actor, name))
  if (seen === undefined) return undefined
  const rows = await Promise.all(
    seen.slice(0, max).map(async (source) => {
      const isOwn = (one: { readonly source: string | null }): boolean => one.source === source.name
      return {
        source,
        url: webhookUrl(source, context.gatewayUrl),
        lastEventMs: await lastEventMs(context, source.name),
        hours: counted && hoursOf(counted.filter(isOwn), sinceHour),
        refused: total(refused?.filter(isOwn)),
        lastRefusal: refusals?.find(isOwn),
        isPaused: pauses?.some(isOwn) ?? false,
      }
    }),
  )
  const names = new Set((counted ?? []).map(({ source }) => source))
  return { rows, total: seen.length, others: [...names.difference(new Set(seen.map(({ name }) => name)))] }
}

const hoursOf = (rows: readonly SourceHour[], sinceHour: number): number[] =>
  Array.from({ length: HOURS }, (_, i) => total(rows.filter(({ hour }) => hour === sinceHour + i)) ?? 0)

async function lastEventMs(context: RequestContext, source: string): Promise<number | undefined> {
  const page = await answered(context, 'last event', () =>
    listEvents(context.store, { source, limit: 1 }, context.nowMs),
  )
  const [event] = page?.events ?? []
  return event && effectiveMs(event)
}
