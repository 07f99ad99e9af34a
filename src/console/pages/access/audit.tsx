/** The audit log: who changed what, when and why, and whether the log is whole. */
import type { Entry } from '../../../api/audit.ts'
import { AUDIT_ACTIONS } from '../../../registry/audit/entry.ts'
import { listAudit } from '../../api/audit-entries.ts'
import { verifyLog } from '../../backups/audit-archive.ts'
import type { ConsoleContext } from '../../context.ts'
import { explainVerified } from '../../messages/audit.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Action, type Column, NoticeLine, Shown, When } from '../components.tsx'
import { type Filter, textIn } from '../filters.tsx'
import { listPage } from '../list-page.tsx'
import { moved } from '../moved.ts'
import { optionsOf } from '../options.ts'
import { momentIn, readerOf } from '../range.ts'
import type { PageRoute } from '../route.ts'
import { showEntry } from './audit-line.tsx'
import { AUDIT_PATH } from './path.ts'
import { Target } from './target.tsx'

const ROWS = 50

const COLUMNS: readonly Column<Entry>[] = [
  {
    label: 'Line',
    kind: 'number',
    cell: ({ seq }) => (
      <a href={`${AUDIT_PATH}/${seq}`} class="row-link" data-open="panel">
        {seq}
      </a>
    ),
  },
  { label: 'When', cell: ({ at }) => <When at={at} /> },
  {
    label: 'Who',
    cell: ({ actor_name: name }) => <Shown text={name} max={200} />,
    under: ({ from }) => from !== null && <Shown text={from} max={60} />,
  },
  { label: 'What', cell: ({ action }) => <code>{action}</code> },
  { label: 'On', kind: 'address', cell: ({ target }) => <Target target={target} /> },
  { label: 'Why', kind: 'long', cell: ({ reason }) => <Shown text={reason} max={500} /> },
]

/** All actions of a noun, then each of them. */
const ACTIONS = [
  ...new Set(AUDIT_ACTIONS.map((action) => action.slice(0, action.indexOf('.')))),
  ...AUDIT_ACTIONS,
].toSorted()

async function filters(c: ConsoleContext): Promise<readonly Filter[]> {
  const { registry } = c.get('context')
  const tokens = (await answered(c.get('context'), 'tokens', () => registry.operators.tokens())) ?? []
  return [
    {
      name: 'action',
      label: 'What',
      options: optionsOf(ACTIONS, (one) => (one.includes('.') ? one : `${one}: all`)),
    },
    { name: 'target', label: 'On', placeholder: 'source/shop' },
    {
      name: 'actor',
      label: 'Who',
      options: [
        ['admin', 'admin'] as const,
        ['schedule', 'schedule'] as const,
        ...tokens.map(({ id, name }) => [`token:${id}`, name] as const),
      ],
    },
  ]
}

const admin = { who: 'admin', allSources: true } as const

const list = listPage({
  ...admin,
  path: AUDIT_PATH,
  title: 'Audit',
  lead: 'Who changed what, newest first. Each line is chained to the one before, so that a change of the log is found.',
  async read(c, query) {
    const [context, reader] = [c.get('context'), readerOf(c)]
    const page = await answered(context, 'audit', () =>
      listAudit(context, {
        limit: ROWS,
        cursor: textIn(query, 'cursor'),
        action: textIn(query, 'action'),
        target: textIn(query, 'target'),
        actor: textIn(query, 'actor'),
        since: momentIn(query, 'from', reader),
        until: momentIn(query, 'to', reader),
      }),
    )
    return { rows: page?.entries, next: page?.next_cursor ?? null, extra: undefined }
  },
  filters,
  hasSpan: true,
  Aside: () => <Action action={`${AUDIT_PATH}/verify`} label="Verify the whole log" quiet />,
  unread: 'The registry did not answer.',
  empty: 'No change yet.',
  caption: 'Audit log',
  columns: COLUMNS,
})

/** Verifies the whole log. The result is not a notice in the URL: anybody could write such a URL. */
async function verify(c: ConsoleContext): Promise<Response> {
  const verified = await verifyLog(c.get('context'))
  return answerPage(
    c,
    { title: 'Audit log verified', back: { href: AUDIT_PATH, text: 'Audit' } },
    <>
      <NoticeLine notice={{ tone: verified.ok ? 'good' : 'bad', text: explainVerified(verified) }} />
      {verified.ok ? (
        <p class="lead">Every line follows the one before, under the key of the log.</p>
      ) : (
        <p class="lead">
          Somebody wrote to the storage of the registry. Compare with an export that you kept:{' '}
          <code>postern audit verify kept.jsonl</code>.
        </p>
      )}
    </>,
  )
}

export const auditPages: readonly PageRoute[] = [
  { ...list.route, kind: 'tab' },
  { ...admin, path: `${AUDIT_PATH}/verify`, post: verify },
  { ...admin, kind: 'dialog', path: `${AUDIT_PATH}/:line`, get: showEntry },
  moved('/audit', AUDIT_PATH),
  moved('/audit/:line', `${AUDIT_PATH}/:line`),
]
