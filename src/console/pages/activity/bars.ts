/** How much was accepted and refused, by the hour: out of counters, so no event is read. */
import { HOUR_MS, MINUTE_MS, DAY_MS } from '../../../platform/time.ts'
import { hourTotals } from '../../../store/counters.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { type Timeline, startOf, timelineTo } from '../charts/series.ts'
import type { Span } from '../charts/span.ts'
import { textIn } from '../filters.tsx'
import { typesIn } from './asked.ts'
import { refusedIn } from './refused.tsx'

/** The refusal log counts so far back. */
const REFUSED_MS = 25 * HOUR_MS
/** A shorter span is marked in the day around it. */
const SHORT_MS = 6 * HOUR_MS
/** Of a longer one, the end: each source has a row an hour. */
const LONG_MS = 7 * DAY_MS
/** Beyond it a bar is of six hours. */
const BY_HOUR_MS = 2 * DAY_MS

/** The bars around a span of time. */
export function barsOf({ fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>, nowMs: number): Timeline {
  const isShort = toMs - fromMs < SHORT_MS
  const endMs = isShort ? Math.min(nowMs, toMs + SHORT_MS) : toMs
  const lengthMs = isShort ? DAY_MS : Math.min(LONG_MS, endMs - fromMs)
  const stepMs = lengthMs <= BY_HOUR_MS ? HOUR_MS : 6 * HOUR_MS
  const lastMs = Math.ceil(endMs / stepMs) * stepMs
  return timelineTo(endMs, stepMs, Math.ceil((lastMs - (endMs - lengthMs)) / stepMs), nowMs)
}

export interface Bars {
  readonly timeline: Timeline
  /** Null where it is not known; undefined if it is not asked for. */
  readonly accepted: readonly (number | null)[] | undefined
  readonly refused: readonly (number | null)[] | undefined
}

export async function readBars(
  context: RequestContext,
  timeline: Timeline,
  query: URLSearchParams,
  wanted: { readonly accepted: boolean; readonly refused: boolean },
): Promise<Bars> {
  const [accepted, refused] = await Promise.all([
    wanted.accepted ? acceptedIn(context, timeline, query) : undefined,
    wanted.refused ? refusedBy(context, timeline, query) : undefined,
  ])
  return { timeline, accepted, refused }
}

async function acceptedIn({ store, ...context }: RequestContext, timeline: Timeline, query: URLSearchParams) {
  const { firstMs, stepMs, count } = timeline
  const sinceHour = firstMs / HOUR_MS
  const perBar = stepMs / HOUR_MS
  const hours = { sinceHour, untilHour: sinceHour + count * perBar, source: textIn(query, 'source') }
  const totals = await answered(context, 'counters', () => hourTotals(store, hours))
  const types = typesIn(query)
  const bars = Array.from<number | null>({ length: count }).fill(totals === undefined ? null : 0)
  for (const { hour, type, count: events } of totals ?? []) {
    const bar = Math.floor((hour - sinceHour) / perBar)
    if (types?.includes(type) !== false) bars[bar] = (bars[bar] ?? 0) + events
  }
  return bars
}

async function refusedBy(context: RequestContext, timeline: Timeline, query: URLSearchParams) {
  const { firstMs, stepMs, count: steps } = timeline
  const counted = await answered(context, 'refusal counts', () =>
    context.refusalLog.byTime({
      sinceMinute: firstMs / MINUTE_MS,
      stepMinutes: stepMs / MINUTE_MS,
      steps,
      ...refusedIn(query),
    }),
  )
  const knownSinceMs = context.nowMs - REFUSED_MS
  return Array.from({ length: steps }, (_, i) =>
    startOf(timeline, i + 1) <= knownSinceMs ? null : (counted?.[i] ?? null),
  )
}

export const sumOf = (bars: readonly (number | null)[]): number =>
  bars.reduce<number>((sum, one) => sum + (one ?? 0), 0)
