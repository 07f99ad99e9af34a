/** First calls of a set-up, and the first events of a source, for the API and the pages. */
import type { FirstCalls } from '../refusals/refusal.ts'
import type { SourceView } from '../registry/sources/source.ts'
import { listEvents } from '../store/events.ts'
import type { StoredEvent } from '../store/stored-event.ts'
import { type RequestContext, answered } from './request-context.ts'

/** First calls that were answered since the set-up was opened; null if there are none. */
export async function firstCallsOf(
  { refusalLog }: Pick<RequestContext, 'refusalLog'>,
  { name, setup }: SourceView,
): Promise<FirstCalls | null> {
  if (setup === undefined || setup.openedAtMs === null) return null
  // A gateway of the version before does not know.
  const calls = await refusalLog.firstCalls(name).catch(() => null)
  return calls?.openedAtMs === setup.openedAtMs ? calls : null
}

/** Events that are looked through: those of an earlier source of the same name may be newer by their own time. */
const EVENTS_READ = 20

/** The newest event since the source was made: null if there is none, undefined if the store does not answer. */
export async function newestEvent(
  context: RequestContext,
  { name, createdAtMs }: SourceView,
): Promise<StoredEvent | null | undefined> {
  const { store, nowMs } = context
  const query = { source: name, limit: EVENTS_READ }
  const page = await answered(context, 'events', () => listEvents(store, query, nowMs))
  if (page === undefined) return undefined
  const [newest = null] = page.events
    .filter((one) => Date.parse(one.received_at) >= createdAtMs)
    .toSorted((one, other) => Date.parse(other.received_at) - Date.parse(one.received_at))
  return newest
}
