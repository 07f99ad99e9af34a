/** Refusals: the latest, recent alarms first. */
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { answered } from '../../request-context.ts'
import type { Filter } from '../filters.tsx'
import { listPage } from '../list-page.tsx'
import type { PageRoute } from '../route.ts'
import { sourceNames } from '../sources/names.ts'
import { decisionWords } from '../../messages/describe-decision.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { type Column, Shown, Under, When } from '../components.tsx'
import { RequestLink } from '../request-link.tsx'

const COLUMNS: readonly Column<RefusalRecord>[] = [
  { label: 'When', kind: 'name', cell: ({ atMs }) => <When at={atMs} /> },
  { label: 'Source', kind: 'name', cell: ({ source }) => <Shown text={source} max={80} /> },
  {
    label: 'Why',
    kind: 'long',
    cell: (refusal) => (
      <>
        <Shown text={explainRefusal(refusal)} max={400} />
        <span class="under">
          <code>{refusal.code}</code>, answered with {refusal.status}
        </span>
        {/* Which methods were attempted and what the checks said, where it came so far. */}
        <Under text={decisionWords(refusal.decision)} max={300} />
      </>
    ),
  },
  { label: 'From', kind: 'name', cell: ({ network }) => <Shown text={network} max={60} /> },
  { label: 'Request', kind: 'name', cell: ({ requestId }) => <RequestLink requestId={requestId} /> },
]

/** The log is a ring: it keeps the latest of each class. */
const READ = 100

/** Strangers cause refusals without end, and would push an alarm off the page. */
const ALARMS = 10
const ALARMS_SINCE_MS = 2 * HOUR_MS

const list = listPage({
  path: '/refusals',
  title: 'Refusals',
  who: 'viewer',
  lead: 'The latest refusals and their reasons, recent alarms first. The sender was told less.',
  async read(c, query) {
    const context = c.get('context')
    const narrowed = {
      source: query.get('source') || undefined,
      code: query.get('code')?.trim() || undefined,
    }
    const [newest, alarms = []] = await Promise.all([
      answered(context, 'refusals', () => context.refusalLog.latest({ ...narrowed, limit: READ })),
      answered(context, 'alarms', () =>
        context.refusalLog.latest({ ...narrowed, class: 'alarm', limit: ALARMS }),
      ),
    ])
    const recent = alarms.filter(({ atMs }) => atMs >= context.nowMs - ALARMS_SINCE_MS)
    const ids = new Set(recent.map(({ requestId }) => requestId))
    const rows = newest && [...recent, ...newest.filter(({ requestId }) => !ids.has(requestId))]
    return { rows, next: null, extra: undefined }
  },
  async filters(c): Promise<readonly Filter[]> {
    const names = await sourceNames(c.get('context'))
    return [
      { name: 'source', label: 'Source', options: names.map((name) => [name, name] as const) },
      { name: 'code', label: 'Code', placeholder: 'signature_mismatch' },
    ]
  },
  unread: 'The refusal log did not answer.',
  empty: 'Nothing was refused in the last 25 hours.',
  caption: 'The last refusals',
  columns: COLUMNS,
})

export const refusalPages: readonly PageRoute[] = [list.route]
