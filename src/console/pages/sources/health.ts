/** Sources, and whether deliveries come through: counts since the full hour before this one. */
import { effectiveMs } from '../../../event/effective-time.ts'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { counts } from '../../../store/counters.ts'
import { listEvents } from '../../../store/events.ts'
import { sees } from '../../access/actor.ts'
import { webhookUrl } from '../../api/sources.ts'
import { type RefusalSum, sumRefusals } from '../../refusal-sums.ts'
import { type RequestContext, answered } from '../../request-context.ts'

/** Refusals that are searched for the last one of each source. */
const REFUSALS_READ = 500

export interface SourceHealth {
  readonly source: SourceView
  /** Where the ESP sends to. */
  readonly url: string
  /** Time of the newest event, in milliseconds; undefined if there is none. */
  readonly lastEventMs: number | undefined
  /** Undefined where the counters could not be read. */
  readonly accepted: number | undefined
  readonly refused: number | undefined
  readonly lastRefusal: RefusalRecord | undefined
}

export interface Counted {
  readonly sinceMs: number
  /** By source. Undefined if they could not be read. */
  readonly accepted: readonly Pick<RefusalSum, 'source' | 'count'>[] | undefined
  readonly refused: readonly Pick<RefusalSum, 'source' | 'count'>[] | undefined
}

/** Events and refusals since the full hour before this one. */
export async function countRecent(context: RequestContext): Promise<Counted> {
  const { refusalLog, store, nowMs } = context
  const sinceHour = Math.floor(nowMs / HOUR_MS) - 1
  const sinceMs = sinceHour * HOUR_MS
  const [accepted, refused] = await Promise.all([
    answered(context, 'counters', () => counts(store, { sinceHour })),
    answered(context, 'refusal counts', () => refusalLog.totals(sinceMs / 60_000)),
  ])
  return { sinceMs, accepted, refused: refused && sumRefusals(refused) }
}

export const total = (rows: readonly Pick<RefusalSum, 'count'>[] | undefined): number | undefined =>
  rows?.reduce((sum, { count }) => sum + count, 0)

/** @returns undefined if the registry did not answer */
export async function sourcesHealth(
  context: RequestContext,
  max: number,
): Promise<
  { readonly rows: readonly SourceHealth[]; readonly total: number; readonly sinceMs: number } | undefined
> {
  const { registry, refusalLog, actor } = context
  const [views, counted, refusals] = await Promise.all([
    answered(context, 'registry', () => registry.sources.list()),
    countRecent(context),
    answered(context, 'refusals', () => refusalLog.latest({ limit: REFUSALS_READ })),
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
        accepted: total(counted.accepted?.filter(isOwn)),
        refused: total(counted.refused?.filter(isOwn)),
        lastRefusal: refusals?.find(isOwn),
      }
    }),
  )
  return { rows, total: seen.length, sinceMs: counted.sinceMs }
}

async function lastEventMs(context: RequestContext, source: string): Promise<number | undefined> {
  const page = await answered(context, 'last event', () =>
    listEvents(context.store, { source, limit: 1 }, context.nowMs),
  )
  const [event] = page?.events ?? []
  return event && effectiveMs(event)
}
