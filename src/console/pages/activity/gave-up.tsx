/** Given up: messages by the consumer, and deliveries by destinations. Both can be sent again. */
import type { FC } from 'hono/jsx'
import { REDRIVE_MAX, deadLetterRoutes } from '../../../api/dead-letters.ts'
import type { Undelivered } from '../../../api/destinations.ts'
import {
  DEAD_REASONS,
  type DeadLetter,
  countDeadLetters,
  countRedrivable,
  listDeadLetters,
} from '../../../store/dead-letters.ts'
import { rfc3339Ms, toInstant } from '../../../platform/time.ts'
import type { ConsoleContext } from '../../context.ts'
import { shownDeliveries } from '../../destinations.ts'
import { deadLetterWord } from '../../messages/dead-letters.ts'
import { eventWord } from '../../messages/events.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { act } from '../call.ts'
import { Action, type Column, List, Part, Table } from '../components.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import { textIn } from '../filters.tsx'
import { field } from '../form.tsx'
import { notices, things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import { SAMPLE, answerPlan, given, narrowedTo } from '../plan.tsx'
import type { PageRoute } from '../route.ts'
import { type Kind, named, pageOf, segment, startOf } from './kind.ts'
import { type ActivityRow, ROW_COLUMNS } from './row.tsx'

const SHOW = 'gave-up'
const PATH = '/dead-letters'
/** The plan of a redrive of all that match, and its form. */
const ALL_PATH = `${PATH}/redrive-all`
/** A form that has these also has the operator's `reason`. */
const NARROWING = ['source', 'why'] as const

const filterIn = (from: URLSearchParams) => ({
  source: textIn(from, 'source'),
  reason: DEAD_REASONS.find((one) => one === from.get('why')),
})

const NOTICES = notices({
  good: {
    redriven: (count) => `${things(count, 'dead letter')} put back into the queue.`,
    redriven_more: (count) => `${things(count, 'dead letter')} put back into the queue. There are more.`,
    dead_letter_removed: 'The dead letter was thrown away.',
  },
  bad: {
    redrive_failed: (count) =>
      `${things(count, 'dead letter')} could not be put back and stayed. Try again in a moment.`,
    dead_letter_unknown: 'That dead letter is not there any more.',
  },
})

const rowOf = (letter: DeadLetter): ActivityRow => {
  const { id, source, event_types: types, reason, fault, attempts, last_failed_at } = letter
  return {
    id,
    atMs: Date.parse(last_failed_at),
    tone: 'bad',
    word: 'gave up',
    who: types === null ? null : types.map(eventWord).join(', '),
    source,
    detail: deadLetterWord(reason),
    more: [attempts === 1 ? '1 try' : `${attempts} tries`, ...(fault === null ? [] : [fault])].join(', '),
  }
}

export const GAVE_UP: Kind = {
  show: SHOW,
  title: 'Gave up',
  filters: [
    { name: 'why', label: 'Why', options: optionsOf(DEAD_REASONS, (one) => one.replaceAll('_', ' ')) },
  ],
  async read(c, asked) {
    const { dead_letters: letters, next_cursor } = await listDeadLetters(c.get('context').store, {
      ...filterIn(asked.query),
      cursor: startOf(asked),
      limit: asked.limit,
    })
    return pageOf(letters.map(rowOf), next_cursor, asked)
  },
  count: ({ store }, source, most) => countDeadLetters(store, source, most),
  actions: {
    label: 'Actions',
    role: 'operator',
    // A message that is not ours has no source, and cannot be put back.
    cell: ({ id, source }) =>
      source === null ? (
        <Action action={`${PATH}/remove`} fields={{ id }} label="Throw away" on={id} quiet />
      ) : (
        <Action action={`${PATH}/redrive`} fields={{ id }} label="Redrive" on={id} quiet />
      ),
  },
  All: ({ query }) => (
    <a class="button" href={narrowedTo(ALL_PATH, given(query, NARROWING))} data-open="dialog">
      Redrive all that match
    </a>
  ),
  notices: NOTICES,
  empty:
    'The consumer gave up nothing. A message whose handling keeps failing waits here until it is put back.',
  same: {
    command: 'dead-letters',
    path: '/api/dead-letters',
    of: named({ source: 'source', why: 'reason' }),
  },
}

/** Destinations whose deliveries are asked for: each is a call. */
const DESTINATIONS_ASKED = 20
/** Of each destination, the oldest. */
const GIVEN_UP = 25

interface GivenUp extends ActivityRow {
  readonly destination: string
}

/** Deliveries that destinations gave up. @returns undefined if one of them did not answer */
export async function givenUpBy(context: RequestContext): Promise<readonly GivenUp[] | undefined> {
  const all = await answered(context, 'registry', () => context.registry.destinations.list())
  const lists = await Promise.all(
    (all ?? []).slice(0, DESTINATIONS_ASKED).map(({ name }) =>
      answered(context, 'destination', async () => {
        const query = { limit: GIVEN_UP, cursor: undefined }
        const { entries } = await shownDeliveries(context, name).givenUp(query)
        return entries.map((one) => givenUpRow(name, one))
      }),
    ),
  )
  const rows = lists.flatMap((rows) => rows ?? []).toSorted((a, b) => b.atMs - a.atMs)
  return all === undefined || lists.includes(undefined) ? undefined : rows
}

const givenUpRow = (
  destination: string,
  { id, event_ids, events, tries, given_up_at, error, status }: Undelivered,
): GivenUp => ({
  id: event_ids[0] ?? id,
  atMs: Date.parse(given_up_at),
  tone: 'bad',
  word: 'given up',
  who: destination,
  source: null,
  detail: error ?? (status === null ? 'no answer' : `status ${status}`),
  more: `${things(events, 'event')}, ${tries} tries`,
  destination,
})

const GIVEN_UP_COLUMNS: readonly Column<GivenUp>[] = [
  ...ROW_COLUMNS.filter(({ label }) => label !== 'Source'),
  {
    label: 'Actions',
    role: 'operator',
    cell: ({ destination }) => (
      <a href={`${DESTINATIONS.pathOf(destination)}/redrive`} data-open="dialog">
        Send again<span class="visually-hidden"> what {destination} was not given</span>
      </a>
    ),
  },
]

export const ByDestinations: FC<{ rows: readonly GivenUp[] | undefined }> = ({ rows }) => (
  <Part
    id="destinations"
    title="By destinations"
    lead={`Deliveries that had all their tries, the oldest ${GIVEN_UP} of each destination. All of them are on its page.`}
  >
    <List
      caption="Given up by destinations"
      isDense
      columns={GIVEN_UP_COLUMNS}
      rows={rows}
      unread="Not every destination answered. Load the page again."
      empty="No destination gave up a delivery."
    />
  </Part>
)

type Counted = Awaited<ReturnType<typeof countRedrivable>>[number]

const PLANNED: readonly Column<Counted>[] = [
  { label: 'Why', kind: 'long', cell: ({ reason }) => deadLetterWord(reason) },
  { label: 'Dead letters', kind: 'number', cell: ({ letters }) => letters.toLocaleString('en') },
]

/** Says how many would be put back, and why they were given up, before it happens. */
async function showPlan(c: ConsoleContext): Promise<Response> {
  const { store, nowMs } = c.get('context')
  const query = new URL(c.req.url).searchParams
  const filter = filterIn(query)
  const untilMs = rfc3339Ms(query.get('until') ?? '') ?? nowMs
  const [counted, { dead_letters: letters }] = await Promise.all([
    countRedrivable(store, { ...filter, untilMs }),
    listDeadLetters(store, { limit: SAMPLE, ...filter }),
  ])
  const count = counted.reduce((sum, one) => sum + one.letters, 0)
  const narrowed = given(query, NARROWING)
  return answerPlan(c, {
    title: 'Redrive dead letters',
    back: { href: narrowedTo(segment(SHOW), narrowed), text: 'Gave up' },
    says:
      count === 0
        ? 'Nothing can be put back.'
        : `${things(count, 'message')} can be put back into the queue, the oldest first. What was done already is not done twice.`,
    label:
      count === 0 ? undefined : count > REDRIVE_MAX ? `Put the first ${REDRIVE_MAX} back` : 'Put them back',
    action: ALL_PATH,
    hidden: { ...narrowed, until: toInstant(untilMs) },
    notice: NOTICES.of(query),
    more: <Table caption="Dead letters by reason" columns={PLANNED} rows={counted} />,
    rows: letters.filter(({ source }) => source !== null).map(rowOf),
    columns: ROW_COLUMNS,
  })
}

/** Leads back to the plan until all are put back. What fails again meanwhile is left for another plan. */
const redriveAll = act(
  deadLetterRoutes.redriveDeadLetters,
  (c) => ({ body: { all: true, ...filterIn(c.get('form')), until: textIn(c.get('form'), 'until') } }),
  (c, { redriven, failed, more, until }) => {
    const narrowed = given(c.get('form'), NARROWING)
    const [path, also, notice] =
      failed.length > 0
        ? [segment(SHOW), {}, NOTICES.query('redrive_failed', failed.length)]
        : more
          ? [ALL_PATH, { until: until ?? '' }, NOTICES.query('redriven_more', redriven.length)]
          : [segment(SHOW), {}, NOTICES.query('redriven', redriven.length)]
    return c.redirect(narrowedTo(path, { ...narrowed, ...also }, notice), 303)
  },
)

const leadTo = (c: ConsoleContext, ...notice: Parameters<typeof NOTICES.query>): Response =>
  c.redirect(`${segment(SHOW)}&${NOTICES.query(...notice)}`, 303)

const redriveOne = act(
  deadLetterRoutes.redriveDeadLetters,
  (c) => ({ body: { ids: [field(c, 'id')] } }),
  (c, { failed: [failed] }) =>
    failed?.problem === 'dead_letter_unknown'
      ? leadTo(c, failed.problem)
      : leadTo(c, failed === undefined ? 'redriven' : 'redrive_failed', 1),
)

const removeOne = act(
  deadLetterRoutes.deleteDeadLetter,
  (c) => ({ params: { id: field(c, 'id') } }),
  (c) => leadTo(c, 'dead_letter_removed'),
)

export const deadLetterPages: readonly PageRoute[] = [
  { path: `${PATH}/redrive`, who: 'operator', post: redriveOne },
  { path: ALL_PATH, kind: 'dialog', who: 'operator', get: showPlan, post: redriveAll },
  { path: `${PATH}/remove`, who: 'operator', post: removeOne },
]
