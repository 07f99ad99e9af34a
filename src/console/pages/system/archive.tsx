/** The archive: how far it is, its files by day, and whether the bucket has all of them. */
import type { FC } from 'hono/jsx'
import type { ArchiveFile, ArchiveStatus } from '../../../api/archive.ts'
import { bytesText } from '../../../platform/bytes-text.ts'
import { HOUR_MS, isDay } from '../../../platform/time.ts'
import { compareArchive } from '../../../store/archive-status.ts'
import { archiveFiles, archiveStatus } from '../../api/archive.ts'
import type { ConsoleContext } from '../../context.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Action, type Column, For, NoticeLine, Part, Shown, TextBlock, When } from '../components.tsx'
import { textIn } from '../filters.tsx'
import { listPage } from '../list-page.tsx'
import { things } from '../notices.ts'
import type { PageRoute } from '../route.ts'
import { useView } from '../view.ts'
import { Card, SYSTEM_PATH, Since, UNREAD } from './card.tsx'

const PATH = '/archive'
const FILES_PATH = `${PATH}/files`
const ROWS = 50

type Archive = Omit<ArchiveStatus, 'check'> | undefined

/** Undefined if there is none, or if the store does not answer. */
export const readArchive = async (context: RequestContext): Promise<Archive> =>
  context.archive && answered(context, 'archive', () => archiveStatus(context.store))

/** An hourly task writes it. */
const BEHIND_MS = 2 * HOUR_MS

export const ArchiveCard: FC<{ archive: Archive; isBound: boolean }> = ({ archive, isBound }) => {
  const { nowMs } = useView()
  if (!isBound)
    return (
      <Card id="archive" title="Archive" doing={['plain', 'none']}>
        <p>
          Nothing binds the bucket <code>ARCHIVE</code>. Deploy again to get an archive.
        </p>
      </Card>
    )
  const since = archive?.waiting.since ?? null
  const isBehind = since !== null && nowMs - Date.parse(since) > BEHIND_MS
  return (
    <Card
      id="archive"
      title="Archive"
      doing={archive === undefined ? UNREAD : isBehind ? ['warn', 'behind'] : ['good', 'up to date']}
      facts={
        archive === undefined
          ? []
          : [
              [
                'Archived until',
                archive.archived_until === null ? 'nothing yet' : <When at={archive.archived_until} />,
              ],
              ['Files', filesOf(archive)],
              ['Not in a file', <Since what={things(archive.waiting.events, 'event')} since={since} />],
              [
                'In the database',
                <Since what={things(archive.store.events, 'event')} since={archive.store.since} />,
              ],
            ]
      }
    >
      <p class="soft">
        All events as Parquet files. On your machine: <code>npx postern archive pull ./events</code>, then{' '}
        <code>npx postern sql</code>.
      </p>
      <div class="buttons">
        <Action action={`${PATH}/check`} label="Compare with the bucket" quiet />
        <For role="operator">
          <a href={FILES_PATH} data-open="dialog">
            Files
          </a>
        </For>
      </div>
    </Card>
  )
}

const filesOf = ({ files, first_day: first, last_day: last, events, bytes }: NonNullable<Archive>) =>
  first === null ? files : `${files}, of ${first} to ${last}: ${things(events, 'event')}, ${bytesText(bytes)}`

/** Lists the bucket, which takes a while. */
async function check(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { archive, store } = context
  if (archive === undefined) return answerNotice(c, 404, 'No archive', 'This deployment has no archive.')
  const found = await answered(context, 'archive', () => compareArchive(store, archive))
  if (found === undefined) return answerNotice(c, 503, 'No answer', 'The store or the bucket did not answer.')
  const { missing, unknown } = found
  return answerPage(
    c,
    { title: 'Archive compared', back: { href: `${SYSTEM_PATH}#archive`, text: 'System' } },
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
    <Part id={title.replaceAll(' ', '-')} title={`${title}: ${names.length}`}>
      <TextBlock text={names.join('\n')} label={title} />
    </Part>
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
  { path: `${PATH}/check`, who: 'viewer', allSources: true, post: check },
  { ...files.route, kind: 'dialog' },
]
