/** Backups: the list, the form that makes one, and how one is restored. */
import { lackedBy } from '../../../api/backups.ts'
import { type BackupOutline, keepBackup, listBackups } from '../../backups/backups.ts'
import type { ConsoleContext } from '../../context.ts'
import { answered } from '../../request-context.ts'
import { Action, type Column, Nothing, When } from '../components.tsx'
import { Practiced } from '../drills/practiced.tsx'
import { listPage, pageOfAll } from '../list-page.tsx'
import { notices, things } from '../notices.ts'
import type { PageRoute } from '../route.ts'

const PATH = '/backups'
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

const admin = { who: 'admin', allSources: true } as const

const list = listPage({
  ...admin,
  path: PATH,
  title: 'Backups',
  lead: 'All sources, destinations, channels, secrets and tokens, sealed under the master key, with incidents and suppressions. One is made every night.',
  async read(c, query) {
    const context = c.get('context')
    const [all, drills] = await Promise.all([
      answered(context, 'backups', () => listBackups(context)),
      answered(context, 'drills', () => context.registry.drills.state()),
    ])
    return {
      ...pageOfAll(all, query.get('cursor'), ROWS),
      extra: drills && { ...drills, nowMs: context.nowMs },
    }
  },
  Before: ({ extra }) => (
    <>
      <Practiced drills={extra} />
      <p class="lead">
        To restore one: <code>npx postern restore NAME</code>. <a href="/drills">Drills</a> say whether it
        would work.
      </p>
    </>
  ),
  Aside: () => <Action action={`${PATH}/make`} label="Back up now" />,
  unread: 'The bucket of the backups did not answer.',
  empty: 'No backup yet. One is made every night, or now by the button above.',
  caption: 'Backups',
  columns: COLUMNS,
  notices: notices({
    good: {
      made: (sources) => `The backup is made, with ${things(sources, 'source')}.`,
    },
  }),
})

async function makeBackup(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const made = await keepBackup(context)
  return list.leadTo(c, 'made', made.sources)
}

export const backupPages: readonly PageRoute[] = [
  list.route,
  { ...admin, path: `${PATH}/make`, post: makeBackup },
]
