/** The archive: how far it is, its files by day, and whether the bucket has all of them. */
import type { FC } from 'hono/jsx'
import type { ArchiveFile, ArchiveStatus } from '../../../api/archive.ts'
import { bytesText } from '../../../platform/bytes-text.ts'
import { isDay } from '../../../platform/time.ts'
import { compareArchive } from '../../../store/archive-status.ts'
import { archiveFiles, archiveStatus } from '../../api/archive.ts'
import type { ConsoleContext } from '../../context.ts'
import { answered } from '../../request-context.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import {
  Action,
  type Column,
  Empty,
  type Fact,
  Facts,
  For,
  NoticeLine,
  Shown,
  TextBlock,
  When,
} from '../components.tsx'
import { textIn } from '../filters.tsx'
import { listPage } from '../list-page.tsx'
import type { PageRoute } from '../route.ts'

const PATH = '/archive'
const FILES_PATH = `${PATH}/files`
const ROWS = 50
const NAMES_SHOWN = 20

const answerAbsent = (c: ConsoleContext): Promise<Response> =>
  answerPage(
    c,
    { title: 'Archive' },
    <Empty>
      This deployment has no archive: nothing binds the bucket <code>ARCHIVE</code>. Deploy it again to get
      one.
    </Empty>,
  )

async function showArchive(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  if (context.archive === undefined) return answerAbsent(c)
  const status = await answered(context, 'archive', () => archiveStatus(context.store))
  return answerPage(
    c,
    { title: 'Archive', aside: <Action action={`${PATH}/check`} label="Compare with the bucket" /> },
    <>
      <p class="lead">
        All events as Parquet files in a bucket, by the day on which they were stored.{' '}
        <a href="/retention">Retention</a> says for how long.
      </p>
      {status === undefined ? <Empty>The store did not answer.</Empty> : <Facts rows={factsOf(status)} />}
      <For role="operator">
        <p>
          <a href={FILES_PATH}>Files</a>
        </p>
      </For>
      <p class="soft">
        On your machine: <code>npx postern archive pull ./events</code>, then <code>npx postern sql</code>.
      </p>
    </>,
  )
}

/** An amount, and since when. */
const Since: FC<{ what: string; since: string | null }> = ({ what, since }) => (
  <>
    {what}
    {since !== null && (
      <>
        , since <When at={since} />
      </>
    )}
  </>
)

const factsOf = (status: Omit<ArchiveStatus, 'check'>): readonly Fact[] => {
  const { archived_until: until, files, events, bytes, first_day: first, last_day: last } = status
  const { waiting, store } = status
  return [
    ['Archived until', until === null ? 'nothing yet' : <When at={until} />],
    ['Files', first === null ? files : `${files}, of ${first} to ${last}`],
    ['Events in them', `${events}, ${bytesText(bytes)}`],
    ['Not in a file yet', <Since what={`${waiting.events} events`} since={waiting.since} />],
    [
      'In the database',
      <Since what={`${store.events} events, ${bytesText(store.bytes)}`} since={store.since} />,
    ],
  ]
}

/** Lists the bucket, which takes a while. */
async function check(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { archive, store } = context
  if (archive === undefined) return answerAbsent(c)
  const found = await answered(context, 'archive', () => compareArchive(store, archive))
  if (found === undefined) return answerNotice(c, 503, 'No answer', 'The store or the bucket did not answer.')
  const { missing, unknown } = found
  return answerPage(
    c,
    { title: 'Archive compared', back: { href: PATH, text: 'Archive' } },
    <>
      <NoticeLine
        notice={
          missing.length === 0
            ? { tone: 'good', text: 'The bucket has every file of the table.' }
            : { tone: 'bad', text: `The bucket lacks ${missing.length} files. Nothing writes them again.` }
        }
      />
      <Names title="Missing from the bucket" names={missing} />
      <Names title="In the bucket alone" names={unknown} />
    </>,
  )
}

const Names: FC<{ title: string; names: readonly string[] }> = ({ title, names }) =>
  names.length > 0 && (
    <>
      <h2>{`${title}: ${names.length}`}</h2>
      <TextBlock text={names.slice(0, NAMES_SHOWN).join('\n')} label={title} />
      {names.length > NAMES_SHOWN && <p>and {names.length - NAMES_SHOWN} others</p>}
    </>
  )

const COLUMNS: readonly Column<ArchiveFile>[] = [
  { label: 'Day', cell: ({ day }) => day },
  { label: 'File', kind: 'long', cell: ({ file }) => <Shown text={file} max={200} code /> },
  { label: 'Events', kind: 'number', cell: ({ events }) => events },
  { label: 'Size', kind: 'number', cell: ({ bytes }) => bytesText(bytes) },
  {
    label: 'SHA-256',
    cell: ({ sha256 }) => <code title={sha256}>{sha256.slice(0, 12)}…</code>,
  },
]

const files = listPage({
  path: FILES_PATH,
  title: 'Files of the archive',
  who: 'operator',
  allSources: true,
  lead: 'By the day on which their events were stored, oldest first. Those that were merged into others are left out.',
  async read(c, query) {
    const context = c.get('context')
    const dayIn = (name: string) => [textIn(query, name) ?? ''].find(isDay)
    const page =
      context.archive &&
      (await answered(context, 'archive', () =>
        archiveFiles(context.store, {
          limit: ROWS,
          cursor: textIn(query, 'cursor'),
          since: dayIn('since'),
          until: dayIn('until'),
        }),
      ))
    return { rows: page?.files, next: page?.next_cursor ?? null, extra: undefined }
  },
  filters: () => [
    { name: 'since', label: 'From the day', placeholder: '2026-11-01' },
    { name: 'until', label: 'Before the day', placeholder: '2026-12-01' },
  ],
  unread: 'There is no archive, or the store did not answer.',
  empty: 'No file yet. Events are archived within an hour.',
  caption: 'Files of the archive',
  columns: COLUMNS,
})

export const archivePages: readonly PageRoute[] = [
  { path: PATH, who: 'viewer', allSources: true, get: showArchive },
  { path: `${PATH}/check`, who: 'viewer', allSources: true, post: check },
  files.route,
]
