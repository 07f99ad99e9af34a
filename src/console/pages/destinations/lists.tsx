/** Lists of a destination's deliveries: attempts, those that wait for another try, and those that had all. */
import type { Child, FC } from 'hono/jsx'
import type { Tone } from '../../messages/tone.ts'
import type { Attempt, Undelivered, WaitingDelivery } from '../../../api/destinations.ts'
import type { Listed } from '../../../destinations/api.ts'
import { visibleText } from '../../../platform/visible.ts'
import type { ConsoleContext } from '../../context.ts'
import { shownDeliveries } from '../../destinations.ts'
import { answered } from '../../request-context.ts'
import { Action, Badge, type Column, For, List, Nothing, Part, Shown, When } from '../components.tsx'
import { Pages } from '../list-page.tsx'
import { useMay } from '../view.ts'
import { DESTINATIONS } from './resource.ts'
import { answerDestination } from './tabs.ts'

/** Undefined if the object that delivers did not answer. */
type Read<Row> = Listed<Row> | undefined

const counted = (events: number): string => (events === 1 ? '1 event' : `${events} events`)

interface DeliveriesProps<Row> {
  readonly lead: string
  readonly list: Read<Row>
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly empty: string
  /** Of the page, and what its address has. */
  readonly path: string
  readonly query: URLSearchParams
  /** Done with all rows, by operators. */
  readonly action: Child
}

function Deliveries<Row>({ lead, list, action, path, query, ...table }: DeliveriesProps<Row>) {
  const hasAction = useMay('operator') && (list?.entries.length ?? 0) > 0
  return (
    <Part id="deliveries" title={table.caption} lead={lead} aside={hasAction && action}>
      <List
        {...table}
        rows={list?.entries}
        unread="What delivers to it did not answer."
        more={<Pages path={path} query={query} next={list?.next ?? null} />}
      />
    </Part>
  )
}

const ROWS = 50

export const WAITING_TAB = '/waiting'

interface Asked {
  readonly query: URLSearchParams
  readonly page: { readonly limit: number; readonly cursor: string | undefined }
}

function askedIn(c: ConsoleContext): Asked {
  const query = new URL(c.req.url).searchParams
  return { query, page: { limit: ROWS, cursor: /^[0-9]{1,15}$/.exec(query.get('cursor') ?? '')?.[0] } }
}

/** Deliveries that failed and are tried again, and what each of them holds back. */
export const showWaiting = DESTINATIONS.with(async (c, { name }) => {
  const context = c.get('context')
  const { query, page } = askedIn(c)
  const list = await answered(context, 'destination', () => shownDeliveries(context, name).waiting(page))
  const path = DESTINATIONS.pathOf(name)
  return answerDestination(
    c,
    name,
    'Waiting',
    <Deliveries
      lead="Deliveries that failed, oldest first. Each is tried again at its time, and others go on meanwhile."
      list={list}
      caption="Waiting"
      columns={waitingColumns(path)}
      empty="No delivery waits."
      path={`${path}${WAITING_TAB}`}
      query={query}
      action={<Action action={`${path}/retry`} label="Try all again now" />}
    />,
  )
})

/** Deliveries whose tries are used up. */
export const showDeadLetters = DESTINATIONS.with(async (c, { name }) => {
  const context = c.get('context')
  const { query, page } = askedIn(c)
  const list = await answered(context, 'destination', () => shownDeliveries(context, name).deadLetters(page))
  const path = DESTINATIONS.pathOf(name)
  return answerDestination(
    c,
    name,
    'Dead letters',
    <Deliveries
      lead="Deliveries whose tries are used up. Mend the endpoint, then redrive them."
      list={list}
      caption="Dead letters"
      columns={deadColumns(path)}
      empty="There are no dead letters."
      path={`${path}/dead-letters`}
      query={query}
      action={
        <a class="button" href={`${path}/redrive`}>
          Redrive many
        </a>
      }
    />,
  )
})

export const OUTCOME_TONES: Readonly<Record<Attempt['outcome'], Tone>> = {
  delivered: 'good',
  failed: 'warn',
  exhausted: 'bad',
}

/** Its id, what is in it, and all its attempts. */
const DeliveryCell: FC<{ id: string; path: string; eventIds: readonly string[]; words: string }> = ({
  id,
  path,
  eventIds,
  words,
}) => {
  const [first] = eventIds
  return (
    <>
      <a
        class="cut id"
        title={visibleText(id, 200)}
        href={`${path}?${new URLSearchParams({ event_id: id }).toString()}`}
      >
        <Shown text={id} max={80} code />
      </a>
      <span class="under">
        {words}
        {first !== undefined && (
          <>
            {' · '}
            <a href={`/events/${encodeURIComponent(first)}`}>
              {eventIds.length === 1 ? 'the event' : 'the first event'}
              <span class="visually-hidden"> of {id}</span>
            </a>
          </>
        )}
      </span>
    </>
  )
}

export const attemptColumns = (path: string): readonly Column<Attempt>[] => [
  { label: 'When', kind: 'name', cell: ({ at }) => <When at={at} /> },
  {
    label: 'Delivery',
    kind: 'long',
    cell: ({ id, kind, events, event_ids: eventIds }) => (
      <DeliveryCell
        id={id}
        path={path}
        // A test and an erasure are no stored events.
        eventIds={kind === 'event' || kind === 'batch' ? eventIds : []}
        words={kind === 'batch' ? `batch of ${events} events` : kind}
      />
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

const deliveryColumn = (path: string): Column<Failed> => ({
  label: 'Delivery',
  kind: 'long',
  cell: ({ id, events, event_ids: eventIds }) => (
    <DeliveryCell id={id} path={path} eventIds={eventIds} words={counted(events)} />
  ),
})
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
  deliveryColumn(path),
  TRIES,
  { label: 'Next try', kind: 'name', cell: ({ next_try_at }) => <When at={next_try_at} /> },
  {
    label: 'Holds back',
    kind: 'name',
    cell: ({ blocked }) => (blocked === 0 ? <Nothing /> : counted(blocked)),
  },
  WHY,
  {
    label: 'Actions',
    kind: 'name',
    role: 'operator',
    cell: ({ id }) => (
      <div class="buttons">
        <Action action={`${path}/retry`} fields={{ id }} label="Try again" on={id} quiet />
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
  deliveryColumn(path),
  TRIES,
  WHY,
  {
    label: 'Actions',
    kind: 'name',
    role: 'operator',
    cell: ({ id }) => <Action action={`${path}/redrive`} fields={{ id }} label="Redrive" on={id} quiet />,
  },
]
