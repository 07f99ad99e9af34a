import type { FC } from 'hono/jsx'
import type { WaitingDelivery } from '../../../api/destinations.ts'
import { Action, type Column, Empty, Nothing, Shown, Table, When } from '../components.tsx'
import { Part, type PartView, msOf } from './part.tsx'

/** Deliveries that failed and are tried again, and what each of them holds back. */
export const Waiting: FC<{
  waiting: readonly WaitingDelivery[] | undefined
  more: boolean
  view: PartView
}> = ({ waiting, more, view }) => {
  const { path, formToken, mayAct } = view
  return (
    <Part
      id="waiting"
      title="Waiting"
      lead="Deliveries that failed. Each is tried again at its time, and others go on meanwhile."
      aside={
        mayAct && (waiting?.length ?? 0) > 0 ? (
          <Action action={`${path}/retry`} formToken={formToken} label="Retry all now" />
        ) : (
          ''
        )
      }
    >
      {waiting === undefined ? (
        <Empty>What delivers to it did not answer.</Empty>
      ) : waiting.length === 0 ? (
        <Empty>No delivery waits.</Empty>
      ) : (
        <Table caption="Waiting deliveries" columns={columns(view)} rows={waiting} />
      )}
      {more ? <p class="more">There are more in the API, under “waiting”.</p> : ''}
    </Part>
  )
}

const columns = (view: PartView): Column<WaitingDelivery>[] => [
  ...facts(view),
  ...(view.mayAct ? [actions(view)] : []),
]

const facts = ({ nowMs }: PartView): Column<WaitingDelivery>[] => [
  {
    label: 'Failed first',
    kind: 'name',
    cell: ({ first_failed_at }) => <When ms={msOf(first_failed_at)} nowMs={nowMs} />,
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
  {
    label: 'Next try',
    kind: 'name',
    cell: ({ next_try_at }) => <When ms={msOf(next_try_at)} nowMs={nowMs} />,
  },
  {
    label: 'Holds back',
    kind: 'name',
    cell: ({ blocked, first_failed_at }) =>
      blocked === 0 ? (
        <Nothing />
      ) : (
        <>
          {blocked === 1 ? '1 event' : `${blocked} events`}
          <span class="under">
            blocked since <When ms={msOf(first_failed_at)} nowMs={nowMs} />
          </span>
        </>
      ),
  },
  { label: 'Why', kind: 'long', cell: ({ error, status }) => <Why error={error} status={status} /> },
]

/** Why the last try failed. */
export const Why: FC<{ error: string | null; status: number | null }> = ({ error, status }) => (
  <>
    <Shown text={error} max={240} />
    {status === null ? '' : <span class="under">status {status}</span>}
  </>
)

const actions = ({ path, formToken }: PartView): Column<WaitingDelivery> => ({
  label: 'Actions',
  kind: 'name',
  cell: ({ id }) => (
    <div class="buttons">
      <Action
        action={`${path}/retry`}
        formToken={formToken}
        fields={{ id }}
        label="Retry now"
        on={id}
        quiet
      />
      <a href={`${path}/skip?${new URLSearchParams({ id }).toString()}`}>
        Skip<span class="visually-hidden"> {id}</span>
      </a>
    </div>
  ),
})
