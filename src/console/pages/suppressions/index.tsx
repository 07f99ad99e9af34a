/** Addresses that must not be written to: the list, and the form that suppresses one. */
import { CHECK_MAX_BYTES, IMPORT_MAX_BYTES } from '../../../api/suppressions.ts'
import { visibleText } from '../../../platform/visible.ts'
import { SUPPRESSION_REASONS } from '../../../store/suppression-reasons.ts'
import { type Suppression, listSuppressions } from '../../../store/suppressions.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { answered } from '../../request-context.ts'
import { type Column, Shown } from '../components.tsx'
import { textIn } from '../filters.tsx'
import { listPage } from '../list-page.tsx'
import { optionsOf } from '../options.ts'
import { personPath } from '../people/person.tsx'
import { suppressForm } from '../people/suppression.tsx'
import { momentIn, readerOf } from '../range.ts'
import type { PageRoute } from '../route.ts'
import { addressPages } from './addresses.tsx'
import { SuppressionReasons } from './reasons.tsx'
import { CheckField, checkPage } from './check.tsx'
import { exportCsv } from './export.ts'
import { IMPORT_NOTICES, importPage } from './import.tsx'
import { policyPages } from './policy.tsx'
import { syncPages } from './sync.tsx'

/** With the blind index of the address. */
interface Listed extends Suppression {
  readonly index: string
}

const COLUMNS: readonly Column<Listed>[] = [
  {
    label: 'Recipient',
    kind: 'address',
    cell: ({ recipient, index }) => (
      <a class="row-link" href={personPath(index)}>
        <Shown text={recipient} max={120} />
      </a>
    ),
  },
  {
    label: 'Why',
    kind: 'long',
    cell: ({ reasons, scopes, expired }) => (
      <SuppressionReasons reasons={[...reasons, ...scopes]} expired={expired} />
    ),
  },
  {
    label: 'Actions',
    cell: ({ recipient, index, reasons }) => {
      const holdsForAll = reasons.some(({ scope }) => scope === null)
      return (
        <a
          href={`${personPath(index)}${holdsForAll ? '/lift' : ''}`}
          data-open={holdsForAll ? 'dialog' : 'panel'}
        >
          {holdsForAll ? 'Lift' : 'Lift a scope'}
          <span class="visually-hidden"> for {visibleText(recipient, 120)}</span>
        </a>
      )
    },
  },
]

const ROWS = 50

const operator = { who: 'operator', allSources: true } as const

const suppressions = listPage({
  ...operator,
  path: '/suppressions',
  title: 'Suppressions',
  lead: 'Who must not be written to, the newest evidence first. Ask the API before you send.',
  async read(c, query) {
    const context = c.get('context')
    const { store, nowMs } = context
    const reader = readerOf(c)
    const page = await answered(context, 'suppressions', () =>
      listSuppressions(
        store,
        {
          limit: ROWS,
          cursor: textIn(query, 'cursor'),
          reason: SUPPRESSION_REASONS.find((reason) => reason === query.get('reason')),
          scope: textIn(query, 'scope'),
          since: momentIn(query, 'from', reader),
          until: momentIn(query, 'to', reader),
          expired: query.get('expired') === 'true',
        },
        nowMs,
      ),
    )
    const rows = page?.suppressions.map(async (one) => ({
      ...one,
      index: await store.people.indexOf(one.recipient),
    }))
    return {
      rows: rows && (await Promise.all(rows)),
      next: page?.next_cursor ?? null,
      extra: undefined,
    }
  },
  filters: () => [
    {
      name: 'reason',
      label: 'Reason',
      options: optionsOf(SUPPRESSION_REASONS, reasonWord),
    },
    { name: 'scope', label: 'Not to be sent', placeholder: 'list:news' },
    { name: 'expired', label: 'Entries', options: [['true', 'expired']] },
  ],
  hasSpan: true,
  unread: 'The store did not answer.',
  empty:
    'Nobody is suppressed. Complaints and unsubscribes suppress by themselves, and bounces by the policy; you can add and import addresses.',
  caption: 'Suppressed addresses',
  columns: COLUMNS,
  notices: IMPORT_NOTICES,
  Aside: () => (
    <div class="buttons">
      <a class="button" href="/suppressions/policy" data-open="dialog">
        Policy
      </a>
      <a class="button" href="/suppressions/sync" data-open="dialog">
        Sync
      </a>
      <a class="button" href="/suppressions/import" data-open="dialog">
        Import
      </a>
      <a class="button" href="/suppressions/export.csv" download>
        Export CSV
      </a>
      <a class="button primary" href="/suppressions/new" data-open="dialog">
        Suppress an address
      </a>
    </div>
  ),
  First: CheckField,
})

const dialog = { ...operator, kind: 'dialog' } as const

export const suppressionPages: readonly PageRoute[] = [
  suppressions.route,
  ...policyPages,
  ...syncPages,
  ...addressPages,
  { ...dialog, path: '/suppressions/new', ...suppressForm() },
  { ...dialog, path: '/suppressions/check', formMaxBytes: CHECK_MAX_BYTES, ...checkPage },
  { ...dialog, path: '/suppressions/import', formMaxBytes: IMPORT_MAX_BYTES, ...importPage },
  { ...operator, kind: 'file', path: '/suppressions/export.csv', get: exportCsv },
]
