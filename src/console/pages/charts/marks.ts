/** Marks on charts: times in which an incident lasted, and moments of a change. */
import type { Incident } from '../../../watch/incidents/incident.ts'
import { INCIDENTS } from '../incidents/resource.ts'
import type { Timeline } from './series.ts'

export interface Mark {
  readonly kind: 'incident' | 'change'
  /** In bins from the first one on. */
  readonly from: number
  readonly to: number
  readonly href: string
  readonly text: string
}

/** Part of the chart's width that a moment takes. */
const MOMENT = 1 / 100

const positionIn = ({ firstMs, stepMs }: Timeline, ms: number): number => (ms - firstMs) / stepMs

/** A span of time as a mark, in whole bins; undefined if it is outside. */
export function spanMark(
  timeline: Timeline,
  fromMs: number,
  untilMs: number | null,
  what: Pick<Mark, 'kind' | 'href' | 'text'>,
): Mark | undefined {
  const { count } = timeline
  const from = Math.max(0, Math.floor(positionIn(timeline, fromMs)))
  const to = Math.min(count, untilMs === null ? count : Math.ceil(positionIn(timeline, untilMs)))
  return to <= from ? undefined : { ...what, from, to }
}

/** A moment as a thin mark; undefined if it is outside. */
export function momentMark(
  timeline: Timeline,
  atMs: number,
  what: Pick<Mark, 'kind' | 'href' | 'text'>,
): Mark | undefined {
  const { count } = timeline
  const at = positionIn(timeline, atMs)
  if (at < 0 || at > count) return undefined
  const from = Math.min(at, count * (1 - MOMENT))
  return { ...what, from, to: from + count * MOMENT }
}

export const incidentMarks = (timeline: Timeline, incidents: readonly Incident[]): Mark[] =>
  incidents.flatMap(
    ({ number, headline, sinceMs, resolvedMs }) =>
      spanMark(timeline, sinceMs, resolvedMs, {
        kind: 'incident',
        href: INCIDENTS.pathOf(number),
        text: `Incident ${number}: ${headline.slice(0, 200)}`,
      }) ?? [],
  )
