/** Why deliveries of a source are refused: the causes with their counts, alarms first, and how each is mended. */
import type { FC } from 'hono/jsx'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import type { RefusalSum } from '../../refusal-sums.ts'
import { Badge, type Column, List, Shown, When } from '../components.tsx'
import { SOURCES } from './resource.ts'

/** Refusals of one cause. */
export const causePath = ({ source, code }: { source: string | null; code: string }): string =>
  `/activity?${new URLSearchParams({ show: 'refused', ...(source === null ? {} : { source }), code }).toString()}`

const COLUMNS: readonly Column<RefusalSum>[] = [
  {
    label: 'Cause',
    kind: 'long',
    cell: ({ source, code, isAlarm }) => (
      <>
        <a href={causePath({ source, code })}>
          <strong>{remedyOf(code).title}</strong>
        </a>{' '}
        {isAlarm && <Badge tone="bad">alarm</Badge>}
      </>
    ),
    under({ source, code }) {
      const [step] = remedyOf(code).steps
      return step === undefined ? (
        false
      ) : (
        <>
          {step} {source !== null && <a href={`${SOURCES.pathOf(source)}/settings`}>Settings and secrets</a>}
        </>
      )
    },
  },
  { label: 'Refused', kind: 'number', cell: ({ count }) => count.toLocaleString('en') },
  {
    label: 'From',
    cell: ({ networks }) => <Shown text={networks[0]} max={60} />,
    under: ({ networks: { length } }) => length > 1 && `and ${(length - 1).toLocaleString('en')} more`,
  },
  { label: 'Last', cell: ({ lastMs }) => <When at={lastMs} /> },
]

/** @param sums of one source, as `sumRefusals` gives them; undefined if the refusal log did not answer */
export const WhyRefused: FC<{ sums: readonly RefusalSum[] | undefined }> = ({ sums }) => (
  <List
    caption="Causes of refusals"
    columns={COLUMNS}
    rows={sums?.toSorted((a, b) => Number(b.isAlarm) - Number(a.isAlarm))}
    unread="The refusal log did not answer."
    empty="Nothing was refused in this time."
  />
)
