/** Refusals: their causes with counts, and the latest of them, recent alarms first. */
import type { FC } from 'hono/jsx'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import { HOUR_MS, MINUTE_MS } from '../../../platform/time.ts'
import { answered } from '../../request-context.ts'
import type { ConsoleContext } from '../../context.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { refusalPage } from '../../refusal-page.ts'
import { type RefusalSum, sumRefusals } from '../../refusal-sums.ts'
import { type Column, Part, Shown, When } from '../components.tsx'
import { type Filter, textIn } from '../filters.tsx'
import { listPage } from '../list-page.tsx'
import { momentMs, readerOf } from '../range.ts'
import { RequestLink } from '../request-link.tsx'
import type { PageRoute } from '../route.ts'
import { sourceFilter } from '../sources/names.ts'
import { begin, end, showCapture } from './capture.tsx'
import { WhyRefused } from './why-refused.tsx'

const LATEST: readonly Column<RefusalRecord>[] = [
  { label: 'When', cell: ({ atMs }) => <When at={atMs} /> },
  { label: 'Source', cell: ({ source }) => <Shown text={source} max={80} /> },
  {
    label: 'Why',
    kind: 'long',
    cell: (refusal) => <Shown text={explainRefusal(refusal)} max={400} />,
    under: ({ code, status }) => (
      <>
        <code>{code}</code>, answered with {status}
      </>
    ),
  },
  { label: 'From', cell: ({ network }) => <Shown text={network} max={60} /> },
  { label: 'Request', cell: ({ requestId }) => <RequestLink requestId={requestId} /> },
]

const ROWS = 25

/** Strangers cause refusals without end, and would push an alarm off the page. */
const ALARMS = 10
const ALARMS_SINCE_MS = 2 * HOUR_MS

/** A stranger can cause one for each source. */
const CAUSES_SHOWN = 25

/** Counts are kept for 25 hours, by the minute. */
const SPANS = [
  ['now-15m', '15 min'],
  ['now-1h', '1 h'],
  ['now-6h', '6 h'],
] as const

const narrowing = (query: URLSearchParams) => ({
  source: textIn(query, 'source'),
  code: textIn(query, 'code'),
})

async function causesOf(c: ConsoleContext, query: URLSearchParams) {
  const context = c.get('context')
  const { source, code } = narrowing(query)
  const sinceMs = momentMs(query.get('from') ?? '', readerOf(c)) ?? 0
  const counts = await answered(context, 'refusals', () =>
    context.refusalLog.totals(Math.floor(sinceMs / MINUTE_MS)),
  )
  return (
    counts &&
    sumRefusals(counts).filter(
      (one) => (source ?? one.source) === one.source && (code ?? one.code) === one.code,
    )
  )
}

/** On the first page, recent alarms come first. */
async function latestOf(c: ConsoleContext, query: URLSearchParams) {
  const context = c.get('context')
  const narrowed = narrowing(query)
  const cursor = textIn(query, 'cursor')
  const [page, alarms = []] = await Promise.all([
    answered(context, 'refusals', () => refusalPage(context, { ...narrowed, cursor, limit: ROWS })),
    cursor === undefined
      ? answered(context, 'alarms', () =>
          context.refusalLog.latest({ ...narrowed, class: 'alarm', limit: ALARMS }),
        )
      : [],
  ])
  const recent = alarms.filter(({ atMs }) => atMs >= context.nowMs - ALARMS_SINCE_MS)
  const ids = new Set(recent.map(({ requestId }) => requestId))
  return {
    rows: page && [...recent, ...page.refusals.filter(({ requestId }) => !ids.has(requestId))],
    next: page?.next ?? null,
  }
}

const Causes: FC<{ extra: readonly RefusalSum[] | undefined }> = ({ extra: causes }) => (
  <>
    <Part id="causes" title="Causes">
      <WhyRefused sums={causes?.slice(0, CAUSES_SHOWN)} />
    </Part>
    <header class="section-head after">
      <h2>The latest</h2>
    </header>
  </>
)

const list = listPage({
  path: '/refusals',
  title: 'Refusals',
  who: 'viewer',
  lead: 'What was refused in the last 25 hours, by cause, and how to mend it. The sender was told less.',
  async read(c, query) {
    const [extra, latest] = await Promise.all([causesOf(c, query), latestOf(c, query)])
    return { ...latest, extra }
  },
  async filters(c): Promise<readonly Filter[]> {
    return [
      ...(await sourceFilter(c)),
      { name: 'code', label: 'Code', placeholder: 'signature_mismatch' },
      { name: 'from', label: 'Counted over', options: SPANS },
    ]
  },
  Before: Causes,
  unread: 'The refusal log did not answer.',
  empty: 'Nothing was refused in the last 25 hours.',
  caption: 'The last refusals',
  columns: LATEST,
})

const capture = '/sources/:name/capture'

export const refusalPages: readonly PageRoute[] = [
  list.route,
  { path: capture, who: 'viewer', get: showCapture },
  { path: `${capture}/begin`, who: 'operator', post: begin },
  { path: `${capture}/end`, who: 'operator', post: end },
]
