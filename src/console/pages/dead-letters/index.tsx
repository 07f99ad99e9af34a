/** Messages that the consumer gave up on: the list, and its forms. */
import { REDRIVE_MAX } from '../../../api/dead-letters.ts'
import {
  DEAD_REASONS,
  type DeadLetter,
  countRedrivable,
  listDeadLetters,
} from '../../../store/dead-letters.ts'
import { answered } from '../../request-context.ts'
import type { ConsoleContext } from '../../context.ts'
import { deadLetterWord } from '../../messages/dead-letters.ts'
import { eventWord } from '../../messages/events.ts'
import { deleteDeadLetter } from '../../operator-actions.ts'
import { redrive } from '../../redrive.ts'
import { answerPage } from '../answer.tsx'
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
    kind: 'name',
    cell: ({ first_failed_at, last_failed_at }) => (
      <>
        <When at={last_failed_at} />
        <span class="under">
          failing since <When at={first_failed_at} />
        </span>
      </>
    ),
  },
  { label: 'Source', kind: 'name', cell: ({ source }) => <Shown text={source} max={80} /> },
  {
    label: 'Events',
    kind: 'name',
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
    kind: 'name',
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

/** The plan of a redrive of all, and its form. */
const ALL_PATH = '/dead-letters/redrive-all'

const deadLetters = listPage({
  path: '/dead-letters',
  title: 'Dead letters',
  who: 'viewer',
  lead: 'Messages whose handling kept failing. Mend the cause, then put them back: what was done already is not done twice.',
  async read(c, query) {
    const context = c.get('context')
    const page = await answered(context, 'dead letters', () =>
      listDeadLetters(context.store, {
        limit: ROWS,
        cursor: textIn(query, 'cursor'),
        source: textIn(query, 'source'),
        reason: DEAD_REASONS.find((one) => one === query.get('reason')),
      }),
    )
    return { rows: page?.dead_letters, next: page?.next_cursor ?? null, extra: undefined }
  },
  filters: async (c) => [
    ...(await sourceFilter(c)),
    {
      name: 'reason',
      label: 'Why',
      options: optionsOf(DEAD_REASONS, (one) => one.replaceAll('_', ' ')),
    },
  ],
  unread: 'The store did not answer.',
  empty: 'There are no dead letters.',
  caption: 'Dead letters',
  columns: COLUMNS,
  Aside: ({ rows }) =>
    rows.length > 0 && (
      <For role="operator">
        <a class="button" href={ALL_PATH}>
          Redrive all
        </a>
      </For>
    ),
  notices: notices({
    good: {
      redriven: (count) => `${things(count, 'dead letter')} put back into the queue.`,
      redriven_more: (count) =>
        `${things(count, 'dead letter')} put back into the queue. There are more: press again for the next.`,
      dead_letter_removed: 'The dead letter was thrown away.',
    },
    bad: {
      redrive_failed: (count) =>
        `${things(count, 'dead letter')} could not be put back and stayed. Try again in a moment.`,
      dead_letter_unknown: 'That dead letter is not there any more.',
    },
  }),
})

type Counted = Awaited<ReturnType<typeof countRedrivable>>[number]

const PLANNED: readonly Column<Counted>[] = [
  { label: 'Why', kind: 'long', cell: ({ reason }) => deadLetterWord(reason) },
  { label: 'Dead letters', kind: 'number', cell: ({ letters }) => letters.toLocaleString('en') },
]

/** Says how many would be put back, and why they were given up, before it happens. */
async function showPlan(c: ConsoleContext): Promise<Response> {
  const counted = await countRedrivable(c.get('context').store)
  const count = counted.reduce((sum, { letters }) => sum + letters, 0)
  return answerPage(
    c,
    {
      title: 'Redrive all dead letters',
      back: { href: '/dead-letters', text: 'Dead letters' },
      narrow: true,
    },
    <>
      <p class="lead">
        {count === 0
          ? 'Nothing can be put back.'
          : `${things(count, 'message')} can be put back into the queue, the oldest first. What was done already is not done twice.`}
      </p>
      {count > 0 && (
        <>
          <Table caption="Dead letters by reason" columns={PLANNED} rows={counted} />
          <div class="buttons after">
            <Action
              action={ALL_PATH}
              label={count > REDRIVE_MAX ? `Put the first ${REDRIVE_MAX} back` : 'Put them back'}
            />
            <a href="/dead-letters">Cancel</a>
          </div>
        </>
      )}
    </>,
  )
}

async function redriveSome(c: ConsoleContext, which: readonly string[] | 'all'): Promise<Response> {
  const { redriven, failed, more } = await redrive(c.get('context'), which)
  if (failed.length === 1 && failed[0]?.problem === 'dead_letter_unknown')
    return deadLetters.leadTo(c, 'dead_letter_unknown')
  if (failed.length > 0) return deadLetters.leadTo(c, 'redrive_failed', failed.length)
  return deadLetters.leadTo(c, more ? 'redriven_more' : 'redriven', redriven.length)
}

async function removeOne(c: ConsoleContext): Promise<Response> {
  const removed = await deleteDeadLetter(c.get('context'), field(c, 'id'))
  return deadLetters.leadTo(c, removed ? 'dead_letter_removed' : 'dead_letter_unknown')
}

export const deadLetterPages: readonly PageRoute[] = [
  deadLetters.route,
  { path: '/dead-letters/redrive', who: 'operator', post: (c) => redriveSome(c, [field(c, 'id')]) },
  { path: ALL_PATH, who: 'operator', get: showPlan, post: (c) => redriveSome(c, 'all') },
  { path: '/dead-letters/remove', who: 'operator', post: removeOne },
]
