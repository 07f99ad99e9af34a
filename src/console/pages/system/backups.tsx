/** Backups: the last one, all of them, the button that makes one, and how one is restored. */
import type { FC } from 'hono/jsx'
import { HOUR_MS } from '../../../platform/time.ts'
import { lackedBy } from '../../../api/backups.ts'
import { type BackupOutline, keepBackup, listBackups } from '../../backups/backups.ts'
import type { ConsoleContext } from '../../context.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { Action, Facts, When } from '../components.tsx'
import { things } from '../notices.ts'
import type { PageRoute } from '../route.ts'
import { useView } from '../view.ts'
import { Card, type Doing, UNREAD, systemAfter } from './card.tsx'

const MAKE_PATH = '/backups/make'

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
        last !== undefined && ['In it', contentsOf(last)],
        backups !== undefined && ['Kept', things(backups.length, 'backup')],
      ]}
    >
      <p class="soft">
        All settings, secrets and tokens, sealed under the master key, with incidents and suppressions. One is
        made every night. To restore one: <code>npx postern restore {last?.id ?? 'NAME'}</code>
      </p>
      <Action action={MAKE_PATH} label="Back up now" quiet />
      {last !== undefined && (
        <details>
          <summary>All backups</summary>
          <Facts
            rows={(backups ?? []).map((one) => [
              <When at={one.made_at} />,
              <>
                <code data-copy="the name">{one.id}</code> {contentsOf(one)}
              </>,
            ])}
          />
        </details>
      )}
    </Card>
  )
}

function contentsOf(one: BackupOutline): string {
  const { sources, destinations, channels, incidents, beside, audit_lines: lines, unreadable } = one
  const counts = [
    [sources, 'source'],
    [destinations, 'destination'],
    [channels, 'channel'],
    [incidents, 'incident'],
    [beside?.suppressions?.rows, 'suppression'],
    [lines, 'audit line'],
  ] as const
  return [
    ...counts.flatMap(([count, what]) => (typeof count === 'number' ? [things(count, what)] : [])),
    ...lackedBy(one).map((kind) => `${kind} missing`),
    ...(unreadable > 0 ? [`${things(unreadable, 'secret')} left out`] : []),
  ].join(', ')
}

export const backupPages: readonly PageRoute[] = [
  {
    path: MAKE_PATH,
    who: 'admin',
    allSources: true,
    async post(c: ConsoleContext) {
      const { sources } = await keepBackup(c.get('context'))
      return c.redirect(systemAfter('made', sources), 303)
    },
  },
]
