import type { FC } from 'hono/jsx'
import type { Undelivered } from '../../../api/destinations.ts'
import { Action, type Column, Empty, Shown, Table, When } from '../components.tsx'
import { Part, type PartView, msOf } from './part.tsx'
import { Why } from './waiting.tsx'

/** Deliveries whose tries are used up. */
export const DeadLetters: FC<{
  deadLetters: readonly Undelivered[] | undefined
  more: boolean
  view: PartView
}> = ({ deadLetters, more, view }) => (
  <Part
    id="dead-letters"
    title="Dead letters"
    lead="Deliveries whose tries are used up. Mend the endpoint, then redrive them."
    aside={
      view.mayAct && (deadLetters?.length ?? 0) > 0 ? (
        <a class="button" href={`${view.path}/redrive`}>
          Redrive many
        </a>
      ) : (
        ''
      )
    }
  >
    {deadLetters === undefined ? (
      <Empty>What delivers to it did not answer.</Empty>
    ) : deadLetters.length === 0 ? (
      <Empty>There are no dead letters.</Empty>
    ) : (
      <Table caption="Dead letters" columns={columns(view)} rows={deadLetters} />
    )}
    {more ? <p class="more">There are more in the API, under “dead-letters”.</p> : ''}
  </Part>
)

const columns = (view: PartView): Column<Undelivered>[] => [
  ...facts(view),
  ...(view.mayAct ? [actions(view)] : []),
]

const facts = ({ nowMs }: PartView): Column<Undelivered>[] => [
  {
    label: 'Given up',
    kind: 'name',
    cell: ({ died_at, first_failed_at }) => (
      <>
        <When ms={msOf(died_at)} nowMs={nowMs} />
        <span class="under">
          failing since <When ms={msOf(first_failed_at)} nowMs={nowMs} />
        </span>
      </>
    ),
  },
  {
    label: 'Delivery',
    kind: 'long',
    cell: ({ id, events }) => (
      <>
        <Shown text={id} max={80} code />
        <span class="under">{events === 1 ? '1 event' : `${events} events`}</span>
      </>
    ),
  },
  { label: 'Tries', kind: 'number', cell: ({ tries }) => tries },
  { label: 'Why', kind: 'long', cell: ({ error, status }) => <Why error={error} status={status} /> },
]

const actions = ({ path, formToken }: PartView): Column<Undelivered> => ({
  label: 'Actions',
  kind: 'name',
  cell: ({ id }) => (
    <Action action={`${path}/redrive`} formToken={formToken} fields={{ id }} label="Redrive" on={id} quiet />
  ),
})
