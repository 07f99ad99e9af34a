/** The record: who changed what, whether the log is whole, and the backups. */
import type { AuditLine } from '../../registry/audit/chain.ts'
import type { AuditEntry } from '../../registry/audit/entry.ts'
import type { ConsoleContext } from '../context.ts'
import { verifyLog } from '../backups/audit-archive.ts'
import { type BackupOutline, keepBackup, listBackups } from '../backups/backups.ts'
import { type TokenNames, actorName, tokenNames } from '../messages/actor.ts'
import { explainVerified } from '../messages/audit.ts'
import { answerPage } from './answer.tsx'
import { Action, type Column, List, NoticeLine, Shown, When } from './components.tsx'

export const RECORD_PATH = '/record'
export const BACKUP_PATH = '/record/backup'

const LINES_SHOWN = 50

export async function showRecord(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const [lines, backups, tokens] = await Promise.all([
    context.registry.audit.before(Number.MAX_SAFE_INTEGER, LINES_SHOWN),
    listBackups(context),
    context.registry.operators.tokens(),
  ])
  // Walking the whole log takes a while, so it is done when somebody asks.
  const verified = c.req.query('verify') === undefined ? undefined : await verifyLog(context)
  return answerPage(
    c,
    { title: 'Record' },
    <>
      <h2 id="audit">Audit log</h2>
      <p class="lead">
        The latest {LINES_SHOWN} changes. Each line is chained to the one before.{' '}
        <a href={`${RECORD_PATH}?verify=1#audit`}>Verify the whole log</a>
      </p>
      <NoticeLine
        notice={verified && { tone: verified.ok ? 'good' : 'bad', text: explainVerified(verified) }}
      />
      <List
        caption="Audit log"
        columns={entryColumns(tokenNames(tokens))}
        rows={lines.map(entryOf)}
        empty="No change yet."
      />
      <h2 id="backups" class="after">
        Backups
      </h2>
      <p class="lead">
        All sources, destinations, secrets and tokens, sealed under the master key. One is made every night.
      </p>
      <Action action={BACKUP_PATH} label="Back up now" />
      <List caption="Backups" columns={BACKUP_COLUMNS} rows={backups} empty="No backup yet." />
    </>,
  )
}

export async function backUpNow(c: ConsoleContext): Promise<Response> {
  await keepBackup(c.get('context'))
  return c.redirect(`${RECORD_PATH}#backups`, 303)
}

const entryOf = ({ text }: AuditLine): AuditEntry => JSON.parse(text) as AuditEntry

const entryColumns = (names: TokenNames): readonly Column<AuditEntry>[] => [
  { label: 'Line', kind: 'number', cell: ({ seq }) => seq },
  { label: 'When', kind: 'name', cell: ({ at }) => <When at={at} /> },
  {
    label: 'Who, from where',
    kind: 'name',
    cell: ({ actor, from }) => (
      <>
        <Shown text={actorName(actor, names)} max={200} />
        {from !== null && (
          <span class="clock">
            <Shown text={from} />
          </span>
        )}
      </>
    ),
  },
  { label: 'What', kind: 'name', cell: ({ action }) => <code>{action}</code> },
  { label: 'On', kind: 'long', cell: ({ target }) => <Shown text={target} code /> },
  { label: 'Why', kind: 'long', cell: ({ reason }) => <Shown text={reason} /> },
]

const BACKUP_COLUMNS: readonly Column<BackupOutline>[] = [
  { label: 'Made', kind: 'name', cell: ({ made_at }) => <When at={made_at} /> },
  { label: 'Name', kind: 'name', cell: ({ id }) => <code>{id}</code> },
  { label: 'Sources', kind: 'number', cell: ({ sources }) => sources },
  { label: 'Destinations', kind: 'number', cell: ({ destinations }) => destinations },
  { label: 'Secrets left out', kind: 'number', cell: ({ unreadable }) => unreadable },
  { label: 'Audit lines', kind: 'number', cell: ({ audit_lines }) => audit_lines },
]
