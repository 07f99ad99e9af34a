/** Lists of a destination's deliveries: attempts, those that wait for another try, and those that had all. */
import type { Child, FC } from 'hono/jsx'
import type { Tone } from '../../messages/tone.ts'
import { type Attempt, OUTCOMES, type Undelivered, type WaitingDelivery } from '../../../api/destinations.ts'
import type { Listed } from '../../../destinations/api.ts'
import { visibleText } from '../../../platform/visible.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import type { ConsoleContext } from '../../context.ts'
import { shownDeliveries } from '../../destinations.ts'
import { answered } from '../../request-context.ts'
import { Action, Badge, type Column, For, List, Nothing, Part, Shown, When } from '../components.tsx'
import { deliveryPath } from '../delivery/paths.ts'
import { type Filter, Filters, isNarrowed, textIn } from '../filters.tsx'
import { NoneMatch, Pages } from '../list-page.tsx'
import { things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import { DEAD_TAB, DESTINATIONS, WAITING_TAB, answerDestination } from './resource.ts'

const ROWS = 50

type Tab = '' | typeof WAITING_TAB | typeof DEAD_TAB

/** One attempt, or one delivery that failed. */
type Row = Pick<WaitingDelivery, 'id' | 'event_ids' | 'events' | 'error' | 'status'> &
  Partial<Attempt & WaitingDelivery & Undelivered>

interface Listing {
  readonly title: string
  readonly lead: string
  readonly empty: string
  /** Label of its times. */
  readonly when: string
  readonly filters?: readonly Filter[]
  readonly read: (
    of: ReturnType<typeof shownDeliveries>,
    page: { readonly limit: number; readonly cursor: string | undefined },
    query: URLSearchParams,
  ) => Promise<Listed<Row>>
  /** Done with all rows, by operators. */
  readonly action?: (path: string) => Child
}

const LISTINGS: Readonly<Record<Tab, Listing>> = {
  '': {
    title: 'Attempts',
    lead: 'Requests to the endpoint of the last seven days, newest first. A probe of an open circuit does not count as a try.',
    empty: 'No attempt yet. The first one shows up here.',
    when: 'When',
    filters: [
      { name: 'outcome', label: 'Outcome', options: optionsOf(OUTCOMES) },
      { name: 'event_id', label: 'Event or delivery', placeholder: 'its id' },
    ],
    read(of, page, query) {
      const outcome = OUTCOMES.find((one) => one === query.get('outcome'))
      return of.attempts({ ...page, outcome, event_id: textIn(query, 'event_id') })
    },
  },
  [WAITING_TAB]: {
    title: 'Waiting',
    lead: 'Deliveries that failed, oldest first. Each is tried again at its time, and others go on meanwhile.',
    empty: 'No delivery waits.',
    when: 'Failing since',
    read: (of, page) => of.waiting(page),
    action: (path) => <Action action={`${path}/retry`} label="Try all again now" />,
  },
  [DEAD_TAB]: {
    title: 'Dead letters',
    lead: 'Deliveries whose tries are used up. Mend the endpoint, then redrive them.',
    empty: 'There are no dead letters.',
    when: 'Given up',
    read: (of, page) => of.givenUp(page),
    action: (path) => (
      <a class="button" href={`${path}/redrive`}>
        Redrive many
      </a>
    ),
  },
}

/** The page of a list. @param above shown above it */
export const listed = (tab: Tab, above?: (c: ConsoleContext, one: DestinationView) => Promise<Child>) =>
  DESTINATIONS.with(async (c, destination) => {
    const { title, lead, filters = [], read, action, ...words } = LISTINGS[tab]
    const context = c.get('context')
    const { name } = destination
    const path = DESTINATIONS.pathOf(name)
    const here = `${path}${tab}`
    const query = new URL(c.req.url).searchParams
    const page = { limit: ROWS, cursor: /^[0-9]{1,15}$/.exec(query.get('cursor') ?? '')?.[0] }
    const [before, list] = await Promise.all([
      above?.(c, destination),
      answered(context, 'destination', () => read(shownDeliveries(context, name), page, query)),
    ])
    const aside = list !== undefined && list.entries.length > 0 && action !== undefined && (
      <For role="operator">{action(path)}</For>
    )
    return answerDestination(
      c,
      name,
      tab === '' ? '' : title,
      <>
        {before}
        <Part id="deliveries" title={title} lead={lead} aside={aside}>
          {filters.length > 0 && <Filters action={here} filters={filters} query={query} />}
          <List
            caption={title}
            columns={columnsOf(tab, path)}
            rows={list?.entries}
            unread="What delivers to it did not answer."
            empty={isNarrowed(filters, query) ? <NoneMatch path={here} /> : words.empty}
            more={<Pages path={here} query={query} next={list?.next ?? null} />}
          />
        </Part>
      </>,
      { aside: <a href={here}>Refresh</a> },
    )
  })

export const OUTCOME_TONES: Readonly<Record<Attempt['outcome'], Tone>> = {
  delivered: 'good',
  failed: 'warn',
  exhausted: 'bad',
}

/** A probe of an open circuit and a test are not counted. */
export const tryWord = ({ try: number, kind }: Partial<Pick<Attempt, 'try' | 'kind'>>): string =>
  number === 0 ? (kind === 'test' ? 'test' : 'probe') : String(number)

const TRIES: Column<Row> = { label: 'Tries', kind: 'number', cell: ({ tries }) => tries }

const OF_TAB: Readonly<Record<Tab, readonly Column<Row>[]>> = {
  '': [
    {
      label: 'Outcome',
      cell: ({ outcome = 'failed' }) => <Badge tone={OUTCOME_TONES[outcome]}>{outcome}</Badge>,
      under: ({ status }) => (status === null ? 'no answer' : `status ${status}`),
    },
    { label: 'Try', kind: 'number', cell: tryWord },
    { label: 'Took', kind: 'number', cell: ({ milliseconds }) => `${milliseconds?.toLocaleString('en')} ms` },
  ],
  [WAITING_TAB]: [
    TRIES,
    { label: 'Next try', cell: ({ next_try_at: at }) => <When at={at} /> },
    {
      label: 'Holds back',
      cell: ({ blocked = 0 }) => (blocked === 0 ? <Nothing /> : things(blocked, 'event')),
    },
  ],
  [DEAD_TAB]: [TRIES],
}

const columnsOf = (tab: Tab, path: string): readonly Column<Row>[] => [
  {
    label: LISTINGS[tab].when,
    cell: ({ at, given_up_at: givenUpAt, first_failed_at: failedAt }) => (
      <When at={at ?? givenUpAt ?? failedAt} />
    ),
    under: ({ given_up_at: givenUpAt, first_failed_at: failedAt }) =>
      givenUpAt !== undefined && (
        <>
          failing since <When at={failedAt} />
        </>
      ),
  },
  { label: 'Delivery', kind: 'long', cell: (row) => <DeliveryCell row={row} path={path} /> },
  ...OF_TAB[tab],
  {
    label: tab === '' ? 'Answer' : 'Why',
    kind: 'long',
    cell: ({ error }) => error !== null && <Shown text={error} max={240} />,
    // Responses may quote an address, which a viewer does not see.
    under: ({ status, response }) =>
      tab === '' ? (
        <For role="operator">
          <Shown text={response} max={500} />
        </For>
      ) : (
        status !== null && `status ${status}`
      ),
  },
  ...(tab === '' ? [] : [actions(tab, path)]),
]

const actions = (tab: Tab, path: string): Column<Row> => ({
  label: 'Actions',
  role: 'operator',
  cell: ({ id }) =>
    tab === DEAD_TAB ? (
      <Action action={`${path}/redrive`} fields={{ id }} label="Redrive" on={id} quiet />
    ) : (
      <div class="buttons">
        <Action action={`${path}/retry`} fields={{ id }} label="Try again" on={id} quiet />
        <a href={`${path}/skip?${new URLSearchParams({ id }).toString()}`}>
          Skip<span class="visually-hidden"> {id}</span>
        </a>
      </div>
    ),
})

/** Its id, what is in it, and all its attempts. */
const DeliveryCell: FC<{ row: Row; path: string }> = ({ row, path }) => {
  const { id, kind = 'batch', events, event_ids: eventIds } = row
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
        {kind === 'batch' ? things(events, 'event') : kind}
        {/** A test and an erasure are no stored events. */}
        {first !== undefined && (kind === 'event' || kind === 'batch') && (
          <>
            {' · '}
            <a href={deliveryPath(first)}>
              {eventIds.length === 1 ? 'the event' : 'the first event'}
              <span class="visually-hidden"> of {id}</span>
            </a>
          </>
        )}
      </span>
    </>
  )
}
