/** Events: the list, with filters and pages. */
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import { historySince } from '../../../store/history.ts'
import { listEvents } from '../../../store/events.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventTimeMs, eventWord } from '../../messages/events.ts'
import { historyWords } from '../../messages/history.ts'
import { answered } from '../../request-context.ts'
import { type Filter, textIn } from '../filters.tsx'
import { listPage, pageSize } from '../list-page.tsx'
import { optionsOf } from '../options.ts'
import { Presets } from '../presets.tsx'
import { momentIn } from '../range.ts'
import type { PageRoute } from '../route.ts'
import { sourceFilter } from '../sources/names.ts'
import { useView } from '../view.ts'
import { AsCommand } from './as-command.tsx'
import { EVENT_COLUMNS } from './columns.tsx'
import { showEvent } from './event.tsx'
import { Live, streamOf, streamRows } from './live.tsx'

/** A type of the address; undefined for an unknown one, which narrows nothing. */
const typeIn = (query: URLSearchParams) => EVENT_TYPES.find((type) => type === query.get('type'))

/** The query of the address, in the names of the API. */
const askedIn = (query: URLSearchParams, nowMs: number) => ({
  type: typeIn(query),
  source: textIn(query, 'source'),
  message_id: textIn(query, 'message'),
  request_id: textIn(query, 'request'),
  campaign_id: textIn(query, 'campaign'),
  since: momentIn(query, 'from', nowMs),
  until: momentIn(query, 'to', nowMs),
})

async function filters(c: ConsoleContext): Promise<readonly Filter[]> {
  return [
    { name: 'type', label: 'Type', options: optionsOf(EVENT_TYPES, eventWord) },
    ...(await sourceFilter(c)),
    { name: 'message', label: 'Message id', isRare: true },
    { name: 'request', label: 'Request id', isRare: true },
    { name: 'campaign', label: 'Campaign', isRare: true },
    { name: 'from', label: 'From', placeholder: 'now-6h or 2026-11-29T14:00Z', isRare: true },
    { name: 'to', label: 'To', placeholder: 'now', isRare: true },
  ]
}

interface Extra {
  readonly since: string | null | undefined
  readonly stream: string | undefined
}

const list = listPage({
  path: '/events',
  title: 'Events',
  who: 'viewer',
  lead: ({ since }: Extra) =>
    `By the time at which they happened, newest first.${since === null || since === undefined ? '' : ` ${historyWords(since)}`}`,
  async read(c, query) {
    const context = c.get('context')
    const { store, nowMs } = context
    const stream = await streamOf(c, query)
    const [page, since] = await Promise.all([
      answered(context, 'events', () =>
        listEvents(
          store,
          { ...askedIn(query, nowMs), limit: pageSize(query), cursor: textIn(query, 'cursor') },
          nowMs,
        ),
      ),
      answered(context, 'history', () => historySince(store)),
    ])
    return { rows: page?.events, next: page?.next_cursor ?? null, extra: { since, stream } }
  },
  filters,
  Before: ({ query, extra: { stream } }) => (
    <>
      <Presets path="/events" query={query} />
      <Live stream={stream} />
    </>
  ),
  unread: 'The store did not answer.',
  empty: (
    <>
      No event yet. The first delivery that is verified shows up here:{' '}
      <a href="/sources">look at your sources</a>.
    </>
  ),
  caption: 'Events',
  columns: EVENT_COLUMNS,
  timeOf: eventTimeMs,
  After: ({ query }) => <AsCommand asked={askedIn(query, useView().nowMs)} />,
})

export const eventPages: readonly PageRoute[] = [
  list.route,
  { path: '/events/stream', who: 'viewer', get: streamRows },
  { path: '/events/:id', who: 'viewer', get: showEvent },
]
