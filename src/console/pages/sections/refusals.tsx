import type { FC } from 'hono/jsx'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import { decisionWords } from '../../messages/describe-decision.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { type Column, Empty, Section, Shown, Table, When } from '../components.tsx'
import type { PageProps } from '../props.ts'
import { RequestLink } from '../request-link.tsx'

/** The last refusals, each with its reason. */
export const Refusals: FC<{ props: PageProps }> = ({ props }) => (
  <Section
    id="refusals"
    lead="The latest refusals and their reasons, recent alarms first. The sender was told less."
    notice={props.notice}
  >
    <Listed props={props} />
  </Section>
)

const Listed: FC<{ props: PageProps }> = ({ props: { dashboard, nowMs } }) => {
  if (dashboard.refusals === undefined) return <Empty>The watch did not answer.</Empty>
  if (dashboard.refusals.length === 0) return <Empty>Nothing was refused.</Empty>
  return <Table caption="The last refusals" columns={columns(nowMs)} rows={dashboard.refusals} />
}

const columns = (nowMs: number): Column<RefusalRecord>[] => [
  { label: 'When', kind: 'name', cell: ({ atMs }) => <When ms={atMs} nowMs={nowMs} /> },
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
        <Decided refusal={refusal} />
      </>
    ),
  },
  {
    label: 'From',
    kind: 'name',
    cell: ({ network }) => <Shown text={network} max={60} />,
  },
  {
    label: 'Request',
    kind: 'name',
    cell: ({ requestId }) => <RequestLink requestId={requestId} />,
  },
]

/** Which methods were attempted and what the checks said, where it came so far. */
const Decided: FC<{ refusal: RefusalRecord }> = ({ refusal: { decision } }) => {
  const words = decisionWords(decision)
  return words === null ? (
    ''
  ) : (
    <span class="under">
      <Shown text={words} max={300} />
    </span>
  )
}
