import type { RefusalRecord } from '../../../refusals/refusal.ts'
import { decisionWords } from '../../messages/describe-decision.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { type Column, Shown, Under, When } from '../components.tsx'
import { RequestLink } from '../request-link.tsx'
import { section } from './section.tsx'

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

/** The last refusals, each with its reason. */
export const refusals = section({
  id: 'refusals',
  title: 'Refusals',
  lead: 'The latest refusals and their reasons, recent alarms first. The sender was told less.',
  list: (dashboard) => dashboard.refusals,
  unread: 'The refusal log did not answer.',
  empty: 'Nothing was refused.',
  caption: 'The last refusals',
  columns: COLUMNS,
})
