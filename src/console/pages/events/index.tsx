/** Events: the list, with filters and pages. */
import type { FC } from 'hono/jsx'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { sourceTotals } from '../../../store/counters.ts'
import { historySince } from '../../../store/history.ts'
import { listEvents } from '../../../store/events.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventTimeMs, eventWord } from '../../messages/events.ts'
import { historyWords } from '../../messages/history.ts'
import { answered } from '../../request-context.ts'
import { listAddress } from '../address.ts'
import { Said } from '../components.tsx'
import type { Filter } from '../filters.tsx'
import { listPage, pageSize } from '../list-page.tsx'
import { optionsOf } from '../options.ts'
import { readerIn, readerOf } from '../range.ts'
import type { PageRoute } from '../route.ts'
import { sourceNames } from '../sources/names.ts'
import { useView } from '../view.ts'
import { AsCommand } from './as-command.tsx'
import { askedIn } from './asked.ts'
import { LIST_COLUMNS } from './columns.tsx'
import { EXPORT_MAX, exportCsv, exportJson } from './export.ts'
import { Live, streamOf, streamRows } from './live.tsx'

async function filters(c: ConsoleContext): Promise<readonly Filter[]> {
  const context = c.get('context')
  const untilHour = Math.floor(context.nowMs / HOUR_MS) + 1
  // Events of Cloudflare Email Service come by a queue: their source is not in the registry.
  const [names, lately] = await Promise.all([
    sourceNames(context),
    answered(context, 'counters', () =>
      sourceTotals(context.store, { sinceHour: untilHour - 24, untilHour }),
    ),
  ])
  const sources = [...new Set([...names, ...(lately ?? []).map(({ source }) => source)])].toSorted()
  return [
    { name: 'type', label: 'Type', options: optionsOf(EVENT_TYPES, eventWord) },
    { name: 'source', label: 'Source', options: optionsOf(sources) },
    { name: 'message', label: 'Message id', isRare: true },
    { name: 'request', label: 'Request id', isRare: true },
    { name: 'campaign', label: 'Campaign', isRare: true },
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
  lead: ({ since }: Extra) => (
    <>
      By the time at which they happened, newest first.{' '}
      {since !== null && since !== undefined && <Said text={historyWords(since)} />}
    </>
  ),
  async read(c, query) {
    const context = c.get('context')
    const { store, nowMs } = context
    const stream = await streamOf(c, query)
    const cursor = query.get('cursor') || undefined
    const asked = { ...askedIn(query, readerOf(c)), limit: pageSize(query), cursor }
    const [page, since] = await Promise.all([
      answered(context, 'events', () => listEvents(store, asked, nowMs)),
      answered(context, 'history', () => historySince(store)),
    ])
    return { rows: page?.events, next: page?.next_cursor ?? null, extra: { since, stream } }
  },
  filters,
  Aside: ({ rows, query }) => rows.length > 0 && <Export query={query} />,
  hasSpan: true,
  Before: ({ extra: { stream } }) => <Live stream={stream} />,
  unread: 'The store did not answer.',
  empty: (
    <>
      No event yet. The first delivery that is verified shows up here:{' '}
      <a href="/sources">look at your sources</a>.
    </>
  ),
  caption: 'Events',
  columns: LIST_COLUMNS,
  timeOf: eventTimeMs,
  After: ({ query }) => <AsCommand asked={askedIn(query, readerIn(query, useView()))} />,
})

const Export: FC<{ query: URLSearchParams }> = ({ query }) => (
  <>
    <span class="soft">Export, the newest {EXPORT_MAX.toLocaleString('en')} at most:</span>
    {['csv', 'json'].map((ending) => (
      <a class="button" href={listAddress(`/events/export.${ending}`, query)} download>
        {ending.toUpperCase()}
      </a>
    ))}
  </>
)

export const eventPages: readonly PageRoute[] = [
  list.route,
  { path: '/events/export.csv', kind: 'file', who: 'viewer', get: exportCsv },
  { path: '/events/export.json', kind: 'file', who: 'viewer', get: exportJson },
  { path: '/events/stream', kind: 'file', who: 'viewer', get: streamRows },
]
