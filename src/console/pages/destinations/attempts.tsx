import type { FC } from 'hono/jsx'
import type { Attempt } from '../../../api/destinations.ts'
import { Badge, type Column, Empty, Shown, Table, type Tone, When } from '../components.tsx'
import { Part, type PartView, msOf } from './part.tsx'

/** The latest requests to the endpoint, and what it answered. */
export const Attempts: FC<{ attempts: readonly Attempt[] | undefined; view: PartView }> = ({
  attempts,
  view,
}) => (
  <Part id="attempts" title="Attempts" lead="The latest requests to the endpoint, newest first.">
    {attempts === undefined ? (
      <Empty>What delivers to it did not answer.</Empty>
    ) : attempts.length === 0 ? (
      <Empty>No attempt yet. The first one shows up here.</Empty>
    ) : (
      <Table caption="Attempts" columns={columns(view)} rows={attempts} />
    )}
  </Part>
)

const TONES: Readonly<Record<Attempt['outcome'], Tone>> = {
  delivered: 'good',
  failed: 'warn',
  exhausted: 'bad',
}

const columns = ({ nowMs, mayAct }: PartView): Column<Attempt>[] => [
  { label: 'When', kind: 'name', cell: ({ at }) => <When ms={msOf(at)} nowMs={nowMs} /> },
  {
    label: 'Delivery',
    kind: 'long',
    cell: ({ id, kind, events }) => (
      <>
        <Shown text={id} max={80} code />
        <span class="under">{kind === 'batch' ? `batch of ${events} events` : kind}</span>
      </>
    ),
  },
  {
    label: 'Outcome',
    kind: 'name',
    cell: ({ outcome, status }) => (
      <>
        <Badge tone={TONES[outcome]}>{outcome}</Badge>
        <span class="under">{status === null ? 'no answer' : `status ${status}`}</span>
      </>
    ),
  },
  // A probe and a test are not counted.
  { label: 'Try', kind: 'number', cell: ({ try: number }) => (number === 0 ? 'not counted' : number) },
  { label: 'Time', kind: 'number', cell: ({ milliseconds }) => `${milliseconds.toLocaleString('en')} ms` },
  {
    label: 'Answer',
    kind: 'long',
    cell: ({ error, response }) => (
      <>
        {error === null ? '' : <Shown text={error} max={240} />}
        {/** Responses may quote an address, which a viewer does not see. */}
        <span class="under">{mayAct ? <Shown text={response} max={500} /> : ''}</span>
      </>
    ),
  },
]
