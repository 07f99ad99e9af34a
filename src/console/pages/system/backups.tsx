/** Backups: the last one, all of them, the button that makes one, and how one is restored. */
import type { FC } from 'hono/jsx'
import { HOUR_MS } from '../../../platform/time.ts'
import { lackedBy } from '../../../api/backups.ts'
import { type BackupOutline, keepBackup, listBackups } from '../../backups/backups.ts'
import type { ConsoleContext } from '../../context.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { Action, type Column, Nothing, When } from '../components.tsx'
import { listPage, pageOfAll } from '../list-page.tsx'
import { things } from '../notices.ts'
import type { PageRoute } from '../route.ts'
import { useView } from '../view.ts'
import { Card, type Doing, UNREAD, cardAfter } from './card.tsx'

const ALL_PATH = '/backups/all'
const ROWS = 30

/** How many of a kind; `missing` if the backup lacks them, and nothing if it does not say. */
const countOr = (one: BackupOutline, kind: string, count: number | null | undefined) =>
  lackedBy(one).includes(kind) ? 'missing' : (count ?? <Nothing />)

const COLUMNS: readonly Column<BackupOutline>[] = [
  { label: 'Made', cell: ({ made_at }) => <When at={made_at} /> },
  { label: 'Name', cell: ({ id }) => <code data-copy="the name">{id}</code> },
  { label: 'Sources', kind: 'number', cell: ({ sources }) => sources },
  { label: 'Destinations', kind: 'number', cell: ({ destinations }) => destinations },
  { label: 'Channels', kind: 'number', cell: ({ channels }) => channels },
  { label: 'Incidents', kind: 'number', cell: (one) => countOr(one, 'incidents', one.incidents) },
  {
    label: 'Suppressions',
    kind: 'number',
    cell: (one) => countOr(one, 'suppressions', one.beside?.suppressions?.rows),
  },
  { label: 'Left out', kind: 'number', cell: ({ unreadable }) => unreadable },
  { label: 'Audit lines', kind: 'number', cell: ({ audit_lines }) => audit_lines },
]

type Backups = readonly BackupOutline[] | undefined

export const readBackups = (context: RequestContext): Promise<Backups> =>
  answered(context, 'backups', () => listBackups(context))

/** One is made every night. */
const OLD_MS = 26 * HOUR_MS

function doingOf(backups: Backups, nowMs: number): Doing {
  if (backups === undefined) return UNREAD
  const [last] = backups
  if (last === undefined) return ['warn', 'none yet']
  if (lackedBy(last).length > 0) return ['bad', 'incomplete']
  return nowMs - Date.parse(last.made_at) > OLD_MS ? ['warn', 'older than a day'] : ['good', 'complete']
}

export const BackupsCard: FC<{ backups: Backups }> = ({ backups }) => {
  const last = backups?.[0]
  return (
    <Card
      id="backups"
      title="Backups"
      doing={doingOf(backups, useView().nowMs)}
      facts={[
        ['Last', <When at={last?.made_at} />],
        last !== undefined && [
          'In it',
          `${things(last.sources, 'source')}, ${things(last.destinations, 'destination')}, ${things(last.channels, 'channel')}`,
        ],
        backups !== undefined && ['Kept', things(backups.length, 'backup')],
      ]}
    >
      <p class="soft">
        All settings, secrets and tokens, sealed under the master key, with incidents and suppressions. One is
        made every night. To restore one: <code>npx postern restore {last?.id ?? 'NAME'}</code>
      </p>
      <div class="buttons">
        <Action action="/backups/make" label="Back up now" quiet />
        <a href={ALL_PATH} data-open="dialog">
          All backups
        </a>
      </div>
    </Card>
  )
}

const admin = { who: 'admin', allSources: true } as const

const list = listPage({
  ...admin,
  path: ALL_PATH,
  title: 'Backups',
  lead: 'Newest first.',
  read: async (c, query) => ({
    ...pageOfAll(await readBackups(c.get('context')), query.get('cursor'), ROWS),
    extra: undefined,
  }),
  unread: 'The bucket of the backups did not answer.',
  empty: 'No backup yet. One is made every night, or now on the page before.',
  caption: 'Backups',
  columns: COLUMNS,
})

export const backupPages: readonly PageRoute[] = [
  { ...list.route, kind: 'dialog' },
  {
    ...admin,
    path: '/backups/make',
    async post(c: ConsoleContext) {
      const { sources } = await keepBackup(c.get('context'))
      return c.redirect(cardAfter('backups', 'made', sources), 303)
    },
  },
]
