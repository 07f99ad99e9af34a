/** Counts what a replay would send, before it begins. */
import { type Filter, eventFilter } from '../event/filter/filter.ts'
import { toInstant } from '../platform/time.ts'
import { type ArrivalPosition, readArrivals } from '../store/arrival.ts'
import type { Store } from '../store/store.ts'
import type { ReplayBegun } from '../api/destinations.ts'
import type { OpenDestination } from './config.ts'
import { openAll } from './send/deliveries.ts'

export interface Span {
  readonly from: ArrivalPosition
  readonly until: ArrivalPosition
  /** In addition to the destination's own. */
  readonly filter: Filter
}

export interface Matching {
  /** Events of the span that both filters let pass. */
  readonly events: number
  /** Whether the first events were counted, and the rest of the span was taken to be alike. */
  readonly isEstimate: boolean
}

const READ_EVENTS = 2_000
const READS_MAX = 10

export async function countMatching(
  store: Store,
  { from, until, filter }: Span,
  destination: Pick<OpenDestination, 'filter' | 'matches'>,
  readEvents = READ_EVENTS,
): Promise<Matching> {
  const alsoMatches = eventFilter(filter)
  const types = filter.types ?? destination.filter.types ?? null
  const sources = filter.sources ?? destination.filter.sources ?? null
  let after = from
  let events = 0
  for (let reads = 0; reads < READS_MAX; reads++) {
    const page = await readArrivals(store, { after, until, types, sources, events: readEvents })
    const opened = await openAll(store, page.arrivals)
    events += opened.filter(({ event }) => destination.matches(event) && alsoMatches(event)).length
    after = page.next
    if (page.isLast) return { events, isEstimate: false }
  }
  const share = (until.number - from.number) / Math.max(1, after.number - from.number)
  return { events: Math.round(events * share), isEstimate: true }
}

/** @param matching null but for a plan */
export const replayAnswer = (
  replay: {
    readonly sinceMs: number
    readonly untilMs: number
    readonly events: number
    readonly running: boolean
  },
  matching: Matching | null,
): ReplayBegun => ({
  events: replay.events,
  left: replay.events,
  since: toInstant(replay.sinceMs),
  until: toInstant(replay.untilMs),
  running: replay.running,
  matching: matching?.events ?? null,
  is_estimate: matching?.isEstimate ?? false,
})
