/** Lists of a destination's deliveries: attempts, those that wait for another try, and those that had all. */
import type { Child, FC } from 'hono/jsx'
import type { Tone } from '../../messages/tone.ts'
import type { Attempt, Undelivered, WaitingDelivery } from '../../../api/destinations.ts'
import type { Listed } from '../../../destinations/api.ts'
import { Action, Badge, type Column, For, List, Nothing, Part, Shown, When } from '../components.tsx'
import { useMay } from '../view.ts'

/** Undefined if the object that delivers did not answer. */
type Read<Row> = Listed<Row> | undefined

const counted = (events: number): string => (events === 1 ? '1 event' : `${events} events`)

interface DeliveriesProps<Row> {
  readonly id: string
  readonly title: string
  readonly lead: string
  readonly list: Read<Row>
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly empty: string
  /** Done with all rows, by operators. */
  readonly action?: Child
}

function Deliveries<Row>({ id, title, lead, list, action, ...table }: DeliveriesProps<Row>) {
  const hasAction = useMay('operator') && (list?.entries.length ?? 0) > 0
  const hasMore = (list?.next ?? null) !== null
  return (
    <Part id={id} title={title} lead={lead} aside={hasAction && action}>
      <List
        {...table}
        rows={list?.entries}
        unread="What delivers to it did not answer."
        more={hasMore ? `There are more in the API, under “${id}”.` : undefined}
      />
    </Part>
  )
}

/** The latest requests to the endpoint, and what it answered. */
export const Attempts: FC<{ list: Read<Attempt> }> = ({ list }) => (
  <Deliveries
    id="attempts"
    title="Attempts"
    lead="The latest requests to the endpoint, newest first."
    list={list}
    caption="Attempts"
    columns={ATTEMPTS}
    empty="No attempt yet. The first one shows up here."
  />
)

/** Deliveries that failed and are tried again, and what each of them holds back. */
export const Waiting: FC<{ list: Read<WaitingDelivery>; path: string }> = ({ list, path }) => (
  <Deliveries
    id="waiting"
    title="Waiting"
    lead="Deliveries that failed. Each is tried again at its time, and others go on meanwhile."
    list={list}
    caption="Waiting deliveries"
    columns={waitingColumns(path)}
    empty="No delivery waits."
    action={<Action action={`${path}/retry`} label="Retry all now" />}
  />
)

/** Deliveries whose tries are used up. */
export const DeadLetters: FC<{ list: Read<Undelivered>; path: string }> = ({ list, path }) => (
  <Deliveries
    id="dead-letters"
    title="Dead letters"
    lead="Deliveries whose tries are used up. Mend the endpoint, then redrive them."
    list={list}
    caption="Dead letters"
    columns={deadColumns(path)}
    empty="There are no dead letters."
    action={
      <a class="button" href={`${path}/redrive`}>
        Redrive many
      </a>
    }
  />
)

export const OUTCOME_TONES: Readonly<Record<Attempt['outcome'], Tone>> = {
  delivered: 'good',
  failed: 'warn',
  exhausted: 'bad',
}

const ATTEMPTS: readonly Column<Attempt>[] = [
  { label: 'When', kind: 'name', cell: ({ at }) => <When at={at} /> },
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
        <Badge tone={OUTCOME_TONES[outcome]}>{outcome}</Badge>
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
        {error !== null && <Shown text={error} max={240} />}
        {/** Responses may quote an address, which a viewer does not see. */}
        <span class="under">
          <For role="operator">
            <Shown text={response} max={500} />
          </For>
        </span>
      </>
    ),
  },
]

type Failed = WaitingDelivery | Undelivered

const DELIVERY: Column<Failed> = {
  label: 'Delivery',
  kind: 'long',
  cell: ({ id, events }) => (
    <>
      <Shown text={id} max={80} code />
      <span class="under">{counted(events)}</span>
    </>
  ),
}
const TRIES: Column<Failed> = { label: 'Tries', kind: 'number', cell: ({ tries }) => tries }
/** Why the last try failed. */
const WHY: Column<Failed> = {
  label: 'Why',
  kind: 'long',
  cell: ({ error, status }) => (
    <>
      <Shown text={error} max={240} />
      {status !== null && <span class="under">status {status}</span>}
    </>
  ),
}

const waitingColumns = (path: string): readonly Column<WaitingDelivery>[] => [
  { label: 'Failed first', kind: 'name', cell: ({ first_failed_at }) => <When at={first_failed_at} /> },
  DELIVERY,
  TRIES,
  { label: 'Next try', kind: 'name', cell: ({ next_try_at }) => <When at={next_try_at} /> },
  {
    label: 'Holds back',
    kind: 'name',
    cell: ({ blocked, first_failed_at }) =>
      blocked === 0 ? (
        <Nothing />
      ) : (
        <>
          {counted(blocked)}
          <span class="under">
            blocked since <When at={first_failed_at} />
          </span>
        </>
      ),
  },
  WHY,
  {
    label: 'Actions',
    kind: 'name',
    role: 'operator',
    cell: ({ id }) => (
      <div class="buttons">
        <Action action={`${path}/retry`} fields={{ id }} label="Retry now" on={id} quiet />
        <a href={`${path}/skip?${new URLSearchParams({ id }).toString()}`}>
          Skip<span class="visually-hidden"> {id}</span>
        </a>
      </div>
    ),
  },
]

const deadColumns = (path: string): readonly Column<Undelivered>[] => [
  {
    label: 'Given up',
    kind: 'name',
    cell: ({ died_at, first_failed_at }) => (
      <>
        <When at={died_at} />
        <span class="under">
          failing since <When at={first_failed_at} />
        </span>
      </>
    ),
  },
  DELIVERY,
  TRIES,
  WHY,
  {
    label: 'Actions',
    kind: 'name',
    role: 'operator',
    cell: ({ id }) => <Action action={`${path}/redrive`} fields={{ id }} label="Redrive" on={id} quiet />,
  },
]
