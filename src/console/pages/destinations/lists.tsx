/** Lists of a destination's page: the queue of deliveries that have not arrived, and the last answers of its endpoint. */
import type { FC } from 'hono/jsx'
import type { Tone } from '../../messages/tone.ts'
import {
  type Attempt,
  type Delivery,
  OUTCOMES,
  type Undelivered,
  type WaitingDelivery,
} from '../../../api/destinations.ts'
import type { Listed } from '../../../destinations/api.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import type { shownDeliveries } from '../../destinations.ts'
import { eventTone, eventWord } from '../../messages/events.ts'
import { Action, Badge, type Column, For, List, Part, Shown, State, When } from '../components.tsx'
import { deliveryPath } from '../delivery/paths.ts'
import { Filters, type Filter, isNarrowed, textIn } from '../filters.tsx'
import { NoneMatch, Pages } from '../list-page.tsx'
import { things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import { RequestLink } from '../request-link.tsx'
import { useView } from '../view.ts'
import { BeyondLists } from './facts.tsx'

type Deliveries = ReturnType<typeof shownDeliveries>

/** A delivery that has not arrived. Only one that was given up has `given_up_at`. */
type Queued = WaitingDelivery | Undelivered

/** Events by their ids; undefined if the store did not answer. */
type Events = ReadonlyMap<string, StoredEvent> | undefined

/** Rows of a list, and of each part of the queue if both are shown. */
const ROWS = 25
const FIRST_ROWS = 10

/** Parts of the queue, as in the address. */
export const WAITING = 'waiting'
export const GIVEN_UP = 'given-up'

const pageIn = (query: URLSearchParams) => ({
  limit: ROWS,
  cursor: /^[0-9]{1,15}$/.exec(query.get('cursor') ?? '')?.[0],
})

/** The part that the address shows, which has the cursor of the page then; or the first of both. */
export async function readQueue(of: Deliveries, query: URLSearchParams): Promise<Listed<Queued>> {
  const show = query.get('show')
  if (show === WAITING) return of.waiting(pageIn(query))
  if (show === GIVEN_UP) return of.givenUp(pageIn(query))
  const first = { limit: FIRST_ROWS }
  const [waiting, dead] = await Promise.all([of.waiting(first), of.givenUp(first)])
  return { entries: [...waiting.entries, ...dead.entries], next: null }
}

export const readAnswers = (of: Deliveries, query: URLSearchParams): Promise<Listed<Attempt>> =>
  of.attempts({
    ...pageIn(query.has('show') ? new URLSearchParams() : query),
    outcome: OUTCOMES.find((one) => one === query.get('outcome')),
    event_id: textIn(query, 'event_id'),
  })

interface ListProps<Row> {
  /** Of the page. */
  readonly path: string
  readonly query: URLSearchParams
  /** Undefined if what delivers did not answer. */
  readonly list: Listed<Row> | undefined
  readonly events: Events
}

const UNREAD = 'What delivers to it did not answer.'

export const Queue: FC<ListProps<Queued> & { delivery: Delivery | null }> = ({
  path,
  query,
  list,
  events,
  delivery,
}) => {
  const show = query.get('show') ?? ''
  const [waiting, dead] = [delivery?.waiting ?? 0, delivery?.given_up ?? 0]
  const parts = [
    ['', 'All', waiting + dead],
    [WAITING, 'Waiting', waiting],
    [GIVEN_UP, 'Given up', dead],
  ] as const
  return (
    <Part
      id="queue"
      title="Queue"
      lead={delivery !== null && <BeyondLists delivery={delivery} />}
      aside={
        <>
          <nav class="buttons" aria-label="Parts of the queue">
            {parts.map(([part, words, count]) => (
              <a
                class="button"
                href={`${path}${part === '' ? '' : `?show=${part}`}#queue`}
                aria-current={part === show ? 'true' : undefined}
              >
                {words} <span class="soft">{count.toLocaleString('en')}</span>
              </a>
            ))}
          </nav>
          <For role="operator">
            {waiting > 0 && show !== GIVEN_UP && (
              <Action action={`${path}/retry`} label="Try all again now" quiet />
            )}
            {dead > 0 && show !== WAITING && (
              <a class="button" data-open="dialog" href={`${path}/send-again?what=${GIVEN_UP}`}>
                Send what was given up
              </a>
            )}
          </For>
        </>
      }
    >
      <List
        caption="Queue"
        isDense
        columns={queueColumns(path, events)}
        rows={list?.entries}
        unread={UNREAD}
        empty="Nothing waits, and nothing was given up."
        more={
          <>
            {show === '' && (list?.entries.length ?? 0) < waiting + dead && (
              <span>The oldest {FIRST_ROWS} of each part.</span>
            )}
            {show !== '' && <Pages path={path} query={query} next={list?.next ?? null} />}
          </>
        }
      />
    </Part>
  )
}

export const OUTCOME_TONES: Readonly<Record<Attempt['outcome'], Tone>> = {
  delivered: 'good',
  failed: 'warn',
  exhausted: 'bad',
}

const OUTCOME_WORDS: Readonly<Record<Attempt['outcome'], string>> = {
  delivered: 'delivered',
  failed: 'failed',
  exhausted: 'given up',
}

const FILTERS: readonly Filter[] = [
  {
    name: 'outcome',
    label: 'Outcome',
    options: optionsOf(OUTCOMES, (one) => OUTCOME_WORDS[one]),
  },
  { name: 'event_id', label: 'Event or delivery', placeholder: 'its id' },
]

export const Answers: FC<ListProps<Attempt>> = ({ path, query, list, events }) => {
  const own = new URLSearchParams([...query].filter(([name]) => name !== 'show' && name !== 'notice'))
  if (query.has('show')) own.delete('cursor')
  return (
    <Part
      id="answers"
      title="Last answers"
      lead="Requests to the endpoint of the last seven days, newest first. A probe of an open circuit does not count as a try."
    >
      <Filters action={path} filters={FILTERS} query={own} />
      <List
        caption="Last answers"
        isDense
        columns={answerColumns(path, events)}
        rows={list?.entries}
        unread={UNREAD}
        empty={
          isNarrowed(FILTERS, own) ? (
            <NoneMatch path={path} />
          ) : (
            'No attempt yet. The first one shows up here.'
          )
        }
        more={<Pages path={path} query={own} next={list?.next ?? null} />}
      />
    </Part>
  )
}

/** A probe of an open circuit and a test are not counted. */
export const tryWord = ({ try: number, kind }: Partial<Pick<Attempt, 'try' | 'kind'>>): string =>
  number === 0 ? (kind === 'test' ? 'test' : 'probe') : String(number)

type Sent = Pick<Queued, 'id' | 'event_ids' | 'events'> & Partial<Pick<Attempt, 'kind'>>

/** The first event of a delivery, as a link to the story of it. */
const eventColumn = (events: Events): Column<Sent> => ({
  label: 'Event',
  kind: 'address',
  cell({ id, event_ids: [first], events: count, kind = 'event' }) {
    // A test and an erasure are no stored events.
    if (kind === 'test' || kind === 'erasure') return <Badge tone="plain">{kind}</Badge>
    // A request of the ESP, sent on whole.
    if (count === 0) return <RequestLink requestId={id} />
    const event = events?.get(first ?? '')
    if (first === undefined || (events !== undefined && event === undefined))
      return <span class="soft">not stored any more</span>
    return (
      <>
        <a class="row-link" data-open="panel" href={deliveryPath(first)}>
          {event === undefined ? (
            <Shown text={first} max={80} code />
          ) : (
            <>
              <Badge tone={eventTone(event.type)}>{eventWord(event.type)}</Badge>{' '}
              {event.recipient !== null && <Shown text={event.recipient} max={120} />}
            </>
          )}
        </a>
        {count > 1 && <span class="soft"> and {(count - 1).toLocaleString('en')} more</span>}
      </>
    )
  },
})

const why: Column<Pick<Queued, 'error' | 'status'>> = {
  label: 'Why',
  kind: 'long',
  cell: ({ error, status }) =>
    error === null ? status === null ? 'no answer' : `status ${status}` : <Shown text={error} max={240} />,
}

/** All attempts to send one delivery. */
const attemptsPath = (path: string, id: string): string =>
  `${path}?${new URLSearchParams({ event_id: id }).toString()}#answers`

const isGivenUp = (row: Queued): row is Undelivered => 'given_up_at' in row

const queueColumns = (path: string, events: Events): readonly Column<Queued>[] => [
  {
    label: 'State',
    cell: (row) => (isGivenUp(row) ? <State tone="bad">given up</State> : <State tone="warn">waiting</State>),
  },
  eventColumn(events),
  {
    label: 'Tries',
    kind: 'number',
    cell: ({ id, tries }) => <a href={attemptsPath(path, id)}>{tries.toLocaleString('en')}</a>,
  },
  { label: 'Failing since', cell: ({ first_failed_at: at }) => <When at={at} /> },
  {
    label: 'Next try, or given up',
    cell: (row) => (isGivenUp(row) ? <When at={row.given_up_at} /> : <NextTry at={row.next_try_at} />),
  },
  {
    ...why,
    under: (row) => !isGivenUp(row) && row.blocked > 0 && `holds back ${things(row.blocked, 'event')}`,
  },
  {
    label: 'Actions',
    role: 'operator',
    cell: (row) =>
      isGivenUp(row) ? (
        <Action action={`${path}/redrive`} fields={{ id: row.id }} label="Send again" on={row.id} quiet />
      ) : (
        <>
          <Action action={`${path}/retry`} fields={{ id: row.id }} label="Try now" on={row.id} quiet />{' '}
          <a data-open="dialog" href={`${path}/skip?${new URLSearchParams({ id: row.id }).toString()}`}>
            Skip<span class="visually-hidden"> {row.id}</span>
          </a>
        </>
      ),
  },
]

/** A time that is over is no next try: the delivery is due, and goes with the next run. */
const NextTry: FC<{ at: string | null }> = ({ at }) =>
  at !== null && Date.parse(at) <= useView().nowMs ? <>due now</> : <When at={at} />

const answerColumns = (path: string, events: Events): readonly Column<Attempt>[] => [
  { label: 'When', cell: ({ at }) => <When at={at} /> },
  {
    label: 'Outcome',
    cell: ({ outcome }) => <State tone={OUTCOME_TONES[outcome]}>{OUTCOME_WORDS[outcome]}</State>,
  },
  eventColumn(events),
  {
    label: 'Try',
    kind: 'number',
    cell: (attempt) => <a href={attemptsPath(path, attempt.id)}>{tryWord(attempt)}</a>,
  },
  {
    label: 'Took',
    kind: 'number',
    cell: ({ milliseconds }) => `${milliseconds.toLocaleString('en')} ms`,
  },
  {
    ...why,
    label: 'Answer',
    // Responses may quote an address, which a viewer does not see.
    under: ({ response }) =>
      response !== null && (
        <For role="operator">
          <Shown text={response} max={500} />
        </For>
      ),
  },
]
