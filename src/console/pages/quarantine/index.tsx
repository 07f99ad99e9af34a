/** Authentic deliveries that nobody understood: the list, and its forms. */
import { REPLAY_MAX, quarantineRoutes } from '../../../api/quarantine.ts'
import { type QuarantineSummary, countQuarantine, listQuarantine } from '../../../store/quarantine.ts'
import { answered } from '../../request-context.ts'
import type { ConsoleContext } from '../../context.ts'
import { QUARANTINE_PROBLEMS, quarantineWord } from '../../messages/quarantine.ts'
import { act } from '../call.ts'
import { Action, type Column, For, When } from '../components.tsx'
import { deliveryPath } from '../delivery/paths.ts'
import { textIn } from '../filters.tsx'
import { field } from '../form.tsx'
import { listPage } from '../list-page.tsx'
import { optionsOf } from '../options.ts'
import { sourceFilter } from '../sources/names.ts'
import { SOURCES } from '../sources/resource.ts'
import { notices, things } from '../notices.ts'
import { SAMPLE, answerPlan, given, narrowedTo } from '../plan.tsx'
import type { PageRoute } from '../route.ts'

const COLUMNS: readonly Column<QuarantineSummary>[] = [
  { label: 'Received', cell: ({ received_at }) => <When at={received_at} /> },
  { label: 'Source', cell: ({ source }) => <a href={SOURCES.pathOf(source)}>{source}</a> },
  {
    label: 'What is wrong',
    kind: 'long',
    cell: ({ problem, item }) => (
      <>
        {quarantineWord(problem)}
        <span class="under">
          {item ? 'one item; the rest of its batch went through' : 'a whole delivery'}
        </span>
      </>
    ),
  },
  { label: 'Size', kind: 'number', cell: ({ bytes }) => `${bytes.toLocaleString('en')} B` },
  {
    label: 'Actions',
    role: 'operator',
    cell: ({ id, source }) => (
      <div class="buttons">
        <a href={deliveryPath(id)}>
          Look<span class="visually-hidden"> at what {source} sent</span>
        </a>
        <Action
          action="/quarantine/replay"
          fields={{ id }}
          label="Read again"
          on={`what ${source} sent`}
          quiet
        />
      </div>
    ),
  },
]

const ROWS = 50

const PATH = '/quarantine'
/** The plan of a replay of all that match, and its form. */
const ALL_PATH = `${PATH}/replay-all`
const NARROWING = ['source', 'problem'] as const

const filterIn = (from: URLSearchParams) => ({
  source: textIn(from, 'source'),
  problem: textIn(from, 'problem'),
  cursor: textIn(from, 'cursor'),
})

const NOTICES = notices({
  good: {
    replayed: (count) => `Understood now: ${things(count, 'event')} sent to the queue.`,
    quarantine_removed: 'Removed from quarantine.',
  },
  bad: {
    replayed_some: (count) =>
      `${things(count, 'record')} stayed: not understood yet, or not taken by the queue. The others went through.`,
  },
})

const quarantine = listPage({
  path: PATH,
  title: 'Quarantine',
  who: 'viewer',
  lead: 'Authentic, but not stored as events: most was not understood, some came too late. It is kept until retention removes it. Read it again when the cause is mended.',
  async read(c, query) {
    const context = c.get('context')
    const page = await answered(context, 'quarantine', () =>
      listQuarantine(context.store, { limit: ROWS, ...filterIn(query) }),
    )
    return { rows: page?.quarantine, next: page?.next_cursor ?? null, extra: undefined }
  },
  filters: async (c) => [
    ...(await sourceFilter(c)),
    {
      name: 'problem',
      label: 'Problem',
      options: optionsOf(QUARANTINE_PROBLEMS, (one) => one.replaceAll('_', ' ')),
    },
  ],
  unread: 'The store did not answer.',
  empty: 'Nothing is in quarantine.',
  caption: 'Quarantined deliveries',
  columns: COLUMNS,
  Aside: ({ rows, query }) =>
    rows.length > 0 && (
      <For role="operator">
        <a class="button" href={narrowedTo(ALL_PATH, given(query, NARROWING))}>
          Read all that match again
        </a>
      </For>
    ),
  notices: NOTICES,
})

/** Says how many would be read again, and shows some, before it happens. */
async function showPlan(c: ConsoleContext): Promise<Response> {
  const { store } = c.get('context')
  const query = new URL(c.req.url).searchParams
  const [count, { quarantine: rows }] = await Promise.all([
    countQuarantine(store, filterIn(query)),
    listQuarantine(store, { limit: SAMPLE, ...filterIn(query) }),
  ])
  const narrowed = given(query, NARROWING)
  return answerPlan(c, {
    title: 'Read quarantine again',
    back: { href: narrowedTo(PATH, narrowed), text: 'Quarantine' },
    says:
      count === 0
        ? 'Nothing is to be read again.'
        : `${things(count, 'record')}, the newest first, can be read with the code of today. What is understood goes into the queue. The rest stays.`,
    label:
      count === 0 ? undefined : count > REPLAY_MAX ? `Read the first ${REPLAY_MAX} again` : 'Read them again',
    action: ALL_PATH,
    hidden: given(query, [...NARROWING, 'cursor']),
    notice: NOTICES.of(query),
    rows,
    columns: COLUMNS,
  })
}

/** Leads back to the plan until all were read: it goes on behind those that stayed. */
const replayAll = act(
  quarantineRoutes.replayQuarantine,
  (c) => ({ body: { all: true, ...filterIn(c.get('form')) } }),
  (c, { events, failed, next_cursor: cursor }) => {
    const notice =
      failed.length === 0 ? NOTICES.query('replayed', events) : NOTICES.query('replayed_some', failed.length)
    const narrowed = given(c.get('form'), NARROWING)
    return c.redirect(
      cursor === null
        ? narrowedTo(PATH, narrowed, notice)
        : narrowedTo(ALL_PATH, { ...narrowed, cursor }, notice),
      303,
    )
  },
)

const paramsOf = (c: ConsoleContext) => ({ params: { id: field(c, 'id') } })

const replayOne = act(quarantineRoutes.replayQuarantined, paramsOf, (c, { events }) =>
  quarantine.leadTo(c, 'replayed', events),
)

const removeOne = act(quarantineRoutes.deleteQuarantined, paramsOf, (c) =>
  quarantine.leadTo(c, 'quarantine_removed'),
)

export const quarantinePages: readonly PageRoute[] = [
  quarantine.route,
  { path: ALL_PATH, who: 'operator', get: showPlan, post: replayAll },
  { path: '/quarantine/replay', who: 'operator', post: replayOne },
  { path: '/quarantine/remove', who: 'operator', post: removeOne },
]
