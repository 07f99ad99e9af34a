/** Quarantined: authentic, and not stored as events. It is read again, or thrown away. */
import { REPLAY_MAX, quarantineRoutes } from '../../../api/quarantine.ts'
import {
  type QuarantineFilter,
  type QuarantineSummary,
  countQuarantine,
  listQuarantine,
} from '../../../store/quarantine.ts'
import type { ConsoleContext } from '../../context.ts'
import { QUARANTINE_PROBLEMS, quarantineWord } from '../../messages/quarantine.ts'
import { act } from '../call.ts'
import { Action } from '../components.tsx'
import { textIn } from '../filters.tsx'
import { confirmRoute } from '../form-route.tsx'
import { field } from '../form.tsx'
import { notices, things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import { SAMPLE, answerPlan, given, narrowedTo } from '../plan.tsx'
import type { PageRoute } from '../route.ts'
import { type Kind, named, pageOf, segment, startOf } from './kind.ts'
import { type ActivityRow, ROW_COLUMNS } from './row.tsx'

const SHOW = 'quarantined'
const PATH = '/quarantine'
/** The plan of reading all that match again, and its form. */
const ALL_PATH = `${PATH}/replay-all`
const REMOVE_PATH = `${PATH}/remove`
const NARROWING = ['source', 'problem'] as const

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

const filterIn = (from: URLSearchParams): QuarantineFilter => ({
  source: textIn(from, 'source'),
  problem: textIn(from, 'problem'),
  cursor: textIn(from, 'cursor'),
})

const rowOf = ({ id, source, received_at, problem, item, bytes }: QuarantineSummary): ActivityRow => ({
  id,
  atMs: Date.parse(received_at),
  tone: 'warn',
  word: 'quarantined',
  who: null,
  source,
  detail: quarantineWord(problem),
  more: `${item ? 'one item, the rest went through' : 'a whole delivery'}, ${bytes.toLocaleString('en')} B`,
})

export const QUARANTINED: Kind = {
  show: SHOW,
  title: 'Quarantined',
  filters: [
    {
      name: 'problem',
      label: 'Problem',
      options: optionsOf(QUARANTINE_PROBLEMS, (one) => one.replaceAll('_', ' ')),
    },
  ],
  async read(c, asked) {
    const { quarantine, next_cursor } = await listQuarantine(c.get('context').store, {
      ...filterIn(asked.query),
      cursor: startOf(asked),
      limit: asked.limit,
    })
    return pageOf(quarantine.map(rowOf), next_cursor, asked)
  },
  count: ({ store }, source, most) => countQuarantine(store, { source }, most),
  actions: {
    label: 'Actions',
    role: 'operator',
    cell: ({ id, source }) => (
      <div class="buttons">
        <Action
          action={`${PATH}/replay`}
          fields={{ id }}
          label="Read again"
          on={`what ${source ?? ''} sent`}
          quiet
        />
        <a href={`${REMOVE_PATH}?${new URLSearchParams({ id }).toString()}`} data-open="dialog">
          Throw away<span class="visually-hidden"> what {source} sent</span>
        </a>
      </div>
    ),
  },
  All: ({ query }) => (
    <a class="button" href={narrowedTo(ALL_PATH, given(query, NARROWING))} data-open="dialog">
      Read all that match again
    </a>
  ),
  notices: NOTICES,
  empty: 'Nothing is in quarantine. What is authentic and not understood waits here until it is read again.',
  same: {
    command: 'quarantine',
    path: '/api/quarantine',
    of: named({ source: 'source', problem: 'problem' }),
  },
}

/** Says how many would be read again, and shows some, before it happens. */
async function showPlan(c: ConsoleContext): Promise<Response> {
  const { store } = c.get('context')
  const query = new URL(c.req.url).searchParams
  const [count, { quarantine: rows }] = await Promise.all([
    countQuarantine(store, filterIn(query)),
    listQuarantine(store, { limit: SAMPLE, ...filterIn(query) }),
  ])
  return answerPlan(c, {
    title: 'Read quarantine again',
    back: { href: narrowedTo(segment(SHOW), given(query, NARROWING)), text: 'Quarantined' },
    says:
      count === 0
        ? 'Nothing is to be read again.'
        : `${things(count, 'record')}, the newest first, can be read with the code of today. What is understood goes into the queue. The rest stays.`,
    label:
      count === 0 ? undefined : count > REPLAY_MAX ? `Read the first ${REPLAY_MAX} again` : 'Read them again',
    action: ALL_PATH,
    hidden: given(query, [...NARROWING, 'cursor']),
    notice: NOTICES.of(query),
    rows: rows.map(rowOf),
    columns: ROW_COLUMNS,
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
        ? narrowedTo(segment(SHOW), narrowed, notice)
        : narrowedTo(ALL_PATH, { ...narrowed, cursor }, notice),
      303,
    )
  },
)

const replayOne = act(
  quarantineRoutes.replayQuarantined,
  (c) => ({ params: { id: field(c, 'id') } }),
  (c, { events }) => c.redirect(`${segment(SHOW)}&${NOTICES.query('replayed', events)}`, 303),
)

const removePage = confirmRoute({
  of: (work) => (c) => work(c, c.req.method === 'POST' ? field(c, 'id') : (c.req.query('id') ?? '')),
  shown: (id: string) => ({
    title: 'Throw away',
    label: 'Throw away',
    back: [segment(SHOW), 'Quarantined'],
    lead: 'What the ESP sent will be deleted for good: one record, with all events that are in it. Read it again first if the cause is mended.',
    hidden: { id },
  }),
  route: quarantineRoutes.deleteQuarantined,
  given: (id) => ({ params: { id } }),
  done: (c) => c.redirect(`${segment(SHOW)}&${NOTICES.query('quarantine_removed')}`, 303),
})

export const quarantinePages: readonly PageRoute[] = [
  // Before the path that varies: `/quarantine/replay` is no delivery of that name.
  { path: ALL_PATH, kind: 'dialog', who: 'operator', get: showPlan, post: replayAll },
  { path: `${PATH}/replay`, who: 'operator', post: replayOne },
  { path: REMOVE_PATH, kind: 'dialog', who: 'operator', ...removePage },
]
