/** Messages that the consumer gave up on: the list, and its forms. */
import { type DeadLetter, listDeadLetters } from '../../../store/dead-letters.ts'
import { answered } from '../../request-context.ts'
import type { ConsoleContext } from '../../context.ts'
import { deadLetterWord } from '../../messages/dead-letters.ts'
import { eventWord } from '../../messages/events.ts'
import { deleteDeadLetter } from '../../operator-actions.ts'
import { redrive } from '../../redrive.ts'
import { Action, type Column, For, Shown, When } from '../components.tsx'
import { field } from '../form.tsx'
import { listPage } from '../list-page.tsx'
import { notices, things } from '../notices.ts'
import type { PageRoute } from '../route.ts'

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

const deadLetters = listPage({
  path: '/dead-letters',
  title: 'Dead letters',
  who: 'viewer',
  lead: 'Messages whose handling kept failing. Mend the cause, then put them back: what was done already is not done twice.',
  async read(c, query) {
    const context = c.get('context')
    const page = await answered(context, 'dead letters', () =>
      listDeadLetters(context.store, { limit: ROWS, cursor: query.get('cursor') ?? undefined }),
    )
    return { rows: page?.dead_letters, next: page?.next_cursor ?? null, extra: undefined }
  },
  unread: 'The store did not answer.',
  empty: 'There are no dead letters.',
  caption: 'Dead letters',
  columns: COLUMNS,
  Aside: ({ rows }) =>
    rows.length > 0 && (
      <For role="operator">
        <Action action="/dead-letters/redrive-all" label="Redrive all" />
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
  { path: '/dead-letters/redrive-all', who: 'operator', post: (c) => redriveSome(c, 'all') },
  { path: '/dead-letters/remove', who: 'operator', post: removeOne },
]
