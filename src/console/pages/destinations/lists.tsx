/** Lists of a destination's deliveries: attempts, those that wait for another try, and those that had all. */
import type { FC } from 'hono/jsx'
import type { Attempt, Undelivered, WaitingDelivery } from '../../../api/destinations.ts'
import type { Listed } from '../../../destinations/api.ts'
import {
  Action,
  Badge,
  type Column,
  For,
  List,
  Nothing,
  Part,
  Shown,
  type Tone,
  When,
} from '../components.tsx'
import { useMay } from '../view.ts'

/** Undefined if the object that delivers did not answer. */
type Read<Row> = Listed<Row> | undefined

const UNREAD = 'What delivers to it did not answer.'

const moreIn = (list: Read<unknown>, name: string): string | undefined =>
  (list?.next ?? null) === null ? undefined : `There are more in the API, under “${name}”.`

const counted = (events: number): string => (events === 1 ? '1 event' : `${events} events`)

/** The latest requests to the endpoint, and what it answered. */
export const Attempts: FC<{ list: Read<Attempt> }> = ({ list }) => (
  <Part id="attempts" title="Attempts" lead="The latest requests to the endpoint, newest first.">
    <List
      caption="Attempts"
      columns={ATTEMPTS}
      rows={list?.entries}
      unread={UNREAD}
      empty="No attempt yet. The first one shows up here."
    />
  </Part>
)

/** Deliveries that failed and are tried again, and what each of them holds back. */
export const Waiting: FC<{ list: Read<WaitingDelivery>; path: string }> = ({ list, path }) => {
  const hasAction = useMay('operator') && (list?.entries.length ?? 0) > 0
  return (
    <Part
      id="waiting"
      title="Waiting"
      lead="Deliveries that failed. Each is tried again at its time, and others go on meanwhile."
      aside={hasAction && <Action action={`${path}/retry`} label="Retry all now" />}
    >
      <List
        caption="Waiting deliveries"
        columns={waitingColumns(path)}
        rows={list?.entries}
        unread={UNREAD}
        empty="No delivery waits."
        more={moreIn(list, 'waiting')}
      />
    </Part>
  )
}

/** Deliveries whose tries are used up. */
export const DeadLetters: FC<{ list: Read<Undelivered>; path: string }> = ({ list, path }) => {
  const hasAction = useMay('operator') && (list?.entries.length ?? 0) > 0
  return (
    <Part
      id="dead-letters"
      title="Dead letters"
      lead="Deliveries whose tries are used up. Mend the endpoint, then redrive them."
      aside={
        hasAction && (
          <a class="button" href={`${path}/redrive`}>
            Redrive many
          </a>
        )
      }
    >
      <List
        caption="Dead letters"
        columns={deadColumns(path)}
        rows={list?.entries}
        unread={UNREAD}
        empty="There are no dead letters."
        more={moreIn(list, 'dead-letters')}
      />
    </Part>
  )
}

const TONES: Readonly<Record<Attempt['outcome'], Tone>> = {
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
