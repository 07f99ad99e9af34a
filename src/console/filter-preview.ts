/** Tries a filter on the latest events that are stored, for the API and the pages. */
import { PREVIEWED_MAX, type eventRoutes } from '../api/events.ts'
import type { AnswerOf } from '../api/route.ts'
import { type Filter, eventFilter } from '../event/filter/filter.ts'
import { EVENT_TYPES } from '../event/mail-event.ts'
import { eventTimeMs } from './messages/events.ts'
import { toInstant } from '../platform/time.ts'
import { listEvents } from '../store/events.ts'
import type { StoredEvent } from '../store/stored-event.ts'
import type { RequestContext } from './request-context.ts'

export type FilterPreview = AnswerOf<typeof eventRoutes.previewFilter>

/** Events of each kind that are shown. */
const SHOWN = 10
const PAGE_EVENTS = 500
/** A page of large events is short. */
const READS_MAX = 6

/** @param filter without problems */
export async function previewFilter(
  { store, nowMs }: Pick<RequestContext, 'store' | 'nowMs'>,
  filter: Filter,
): Promise<FilterPreview> {
  const matches = eventFilter(filter)
  const events = await latestEvents({ store, nowMs })
  const passed = events.filter((event) => matches(event))
  const leftOut = events.filter((event) => !matches(event))
  const count = (list: readonly StoredEvent[], type: string) => list.filter((one) => one.type === type).length
  const oldest = events.at(-1)
  return {
    events: events.length,
    passing: passed.length,
    since: oldest === undefined ? null : toInstant(eventTimeMs(oldest)),
    types: EVENT_TYPES.map((type) => ({
      type,
      passing: count(passed, type),
      left_out: count(leftOut, type),
    })).filter(({ passing, left_out }) => passing + left_out > 0),
    passed: passed.slice(0, SHOWN),
    left_out: leftOut.slice(0, SHOWN),
  }
}

async function latestEvents({
  store,
  nowMs,
}: Pick<RequestContext, 'store' | 'nowMs'>): Promise<StoredEvent[]> {
  const found: StoredEvent[] = []
  let cursor: string | null | undefined
  for (let reads = 0; reads < READS_MAX && cursor !== null && found.length < PREVIEWED_MAX; reads++) {
    const limit = Math.min(PAGE_EVENTS, PREVIEWED_MAX - found.length)
    const page = await listEvents(store, { limit, cursor }, nowMs)
    found.push(...page.events)
    cursor = page.next_cursor
  }
  return found
}
