/** Messages that the consumer gave up on: the list, and its forms. */
import { REDRIVE_MAX, deadLetterRoutes } from '../../../api/dead-letters.ts'
import {
  DEAD_REASONS,
  type DeadLetter,
  countRedrivable,
  listDeadLetters,
} from '../../../store/dead-letters.ts'
import { rfc3339Ms, toInstant } from '../../../platform/time.ts'
import { answered } from '../../request-context.ts'
import type { ConsoleContext } from '../../context.ts'
import { deadLetterWord } from '../../messages/dead-letters.ts'
import { eventWord } from '../../messages/events.ts'
import { act } from '../call.ts'
import { SAMPLE, answerPlan, given, narrowedTo } from '../plan.tsx'
import { Action, type Column, For, Shown, Table, When } from '../components.tsx'
import { textIn } from '../filters.tsx'
import { field } from '../form.tsx'
import { listPage } from '../list-page.tsx'
import { notices, things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import type { PageRoute } from '../route.ts'
import { sourceFilter } from '../sources/names.ts'

const COLUMNS: readonly Column<DeadLetter>[] = [
  {
    label: 'Given up',
    cell: ({ first_failed_at, last_failed_at }) => (
      <>
        <When at={last_failed_at} />
        <span class="under">
          failing since <When at={first_failed_at} />
        </span>
      </>
    ),
  },
  { label: 'Source', cell: ({ source }) => <Shown text={source} max={80} /> },
  {
    label: 'Events',
    cell: ({ event_types }) => <Shown text={event_types?.map(eventWord).join(', ')} max={200} />,
  },
  {
    label: 'Why',
    kind: 'long',
    cell: ({ reason, fault }) => (
      <>
        <Shown text={deadLetterWord(reason)} max={200} />
        {fault !== null && (
          <span class="under">
            error <Shown text={fault} max={80} code />
          </span>
        )}
      </>
    ),
  },
  { label: 'Tries', kind: 'number', cell: ({ attempts }) => attempts },
  { label: 'Message', kind: 'long', cell: ({ id }) => <Shown text={id} max={80} code /> },
  {
    label: 'Actions',
    role: 'operator',
    // A message that is not ours has no source, and cannot be put back.
    cell: ({ id, source }) =>
      source === null ? (
        <Action action="/dead-letters/remove" fields={{ id }} label="Throw away" on={id} quiet />
      ) : (
        <Action action="/dead-letters/redrive" fields={{ id }} label="Redrive" on={id} quiet />
      ),
  },
]

const ROWS = 50

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

const deadLetters = listPage({
  path: PATH,
  title: 'Dead letters',
  who: 'viewer',
  lead: 'Messages whose handling kept failing. Mend the cause, then put them back: what was done already is not done twice.',
  async read(c, query) {
    const context = c.get('context')
    const page = await answered(context, 'dead letters', () =>
      listDeadLetters(context.store, {
        limit: ROWS,
        cursor: textIn(query, 'cursor'),
        ...filterIn(query),
      }),
    )
    return { rows: page?.dead_letters, next: page?.next_cursor ?? null, extra: undefined }
  },
  filters: async (c) => [
    ...(await sourceFilter(c)),
    {
      name: 'why',
      label: 'Why',
      options: optionsOf(DEAD_REASONS, (one) => one.replaceAll('_', ' ')),
    },
  ],
  unread: 'The store did not answer.',
  empty: 'There are no dead letters.',
  caption: 'Dead letters',
  columns: COLUMNS,
  Aside: ({ rows, query }) =>
    rows.length > 0 && (
      <For role="operator">
        <a class="button" href={narrowedTo(ALL_PATH, given(query, NARROWING))}>
          Redrive all that match
        </a>
      </For>
    ),
  notices: NOTICES,
})

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
    back: { href: narrowedTo(PATH, narrowed), text: 'Dead letters' },
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
    rows: letters.filter(({ source }) => source !== null),
    columns: COLUMNS,
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
        ? [PATH, {}, NOTICES.query('redrive_failed', failed.length)]
        : more
          ? [ALL_PATH, { until: until ?? '' }, NOTICES.query('redriven_more', redriven.length)]
          : [PATH, {}, NOTICES.query('redriven', redriven.length)]
    return c.redirect(narrowedTo(path, { ...narrowed, ...also }, notice), 303)
  },
)

const redriveOne = act(
  deadLetterRoutes.redriveDeadLetters,
  (c) => ({ body: { ids: [field(c, 'id')] } }),
  (c, { failed: [failed] }) =>
    failed?.problem === 'dead_letter_unknown'
      ? deadLetters.leadTo(c, failed.problem)
      : deadLetters.leadTo(c, failed === undefined ? 'redriven' : 'redrive_failed', 1),
)

const removeOne = act(
  deadLetterRoutes.deleteDeadLetter,
  (c) => ({ params: { id: field(c, 'id') } }),
  (c) => deadLetters.leadTo(c, 'dead_letter_removed'),
)

export const deadLetterPages: readonly PageRoute[] = [
  deadLetters.route,
  { path: `${PATH}/redrive`, who: 'operator', post: redriveOne },
  { path: ALL_PATH, who: 'operator', get: showPlan, post: redriveAll },
  { path: `${PATH}/remove`, who: 'operator', post: removeOne },
]
