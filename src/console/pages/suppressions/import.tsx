/** Imports a list of addresses, pasted as CSV: first what it would do, then it does so. Longer lists are for the command. */
import * as v from 'valibot'
import {
  IMPORT_MAX,
  type ImportEntry,
  ImportEntrySchema,
  suppressionRoutes,
} from '../../../api/suppressions.ts'
import { readCsv } from '../../../platform/csv.ts'
import { activeReasons } from '../../../store/suppressions.ts'
import type { ConsoleContext } from '../../context.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { entryOf, rowReader } from '../../suppression-rows.ts'
import { answerPage } from '../answer.tsx'
import { call } from '../call.ts'
import { type Column, Facts, Hidden, Part, Shown, Table, When } from '../components.tsx'
import { formRoute } from '../form-route.tsx'
import { Form, Reason, TextArea, TextField, field } from '../form.tsx'
import { notices, things } from '../notices.ts'
import { momentIn, readerOf } from '../range.ts'
import { useView } from '../view.ts'
import { ABOVE } from './check.tsx'
import { OnlyFor } from './reasons.tsx'

const PATH = '/suppressions/import'

const SHOWN = 10
/** Lines that are named; the rest is counted. */
const NAMED_LINES = 20

export const IMPORT_NOTICES = notices({
  good: {
    imported: (count) =>
      `The list is imported: ${things(count, 'reason')} added. The others were known, or lifted later than the list says.`,
  },
})

interface Read {
  readonly entries: readonly ImportEntry[]
  /** Lines without an address, or with a wrong reason or time. */
  readonly refused: readonly number[]
}

/** @returns what is wrong with it */
function readList(text: string, asOf: string | undefined): Read | string {
  const records = readCsv(text)
  if (records === undefined) return 'That is no CSV: a quote is not closed, or stands within a cell.'
  const read = rowReader()
  const rows = records.flatMap(({ cells, line }) => read(cells, line) ?? [])
  if (rows.length === 0) return 'There is no address in it.'
  if (rows.length > IMPORT_MAX)
    return `There are more than ${IMPORT_MAX.toLocaleString('en')} lines. Take the command: postern suppressions import FILE.`
  const entries: ImportEntry[] = []
  const refused: number[] = []
  for (const row of rows) {
    const entry = v.safeParse(ImportEntrySchema, entryOf(row, asOf))
    if (entry.success) entries.push(entry.output)
    else refused.push(row.line)
  }
  return entries.length > 0 ? { entries, refused } : `Nothing can be imported: ${refusedWords(refused)}`
}

const NOTHING = { list: '', as_of: '', reason: '' }

export const importPage = formRoute({
  shown: () => ({
    title: 'Import suppressions',
    label: 'Show what it would do',
    back: ABOVE,
    lead: 'An export of Postern, which it restores, or the list of an ESP: of that it reads the column address, email, recipient or EmailAddress, else the first one; and note, if there is one. A second import changes nothing.',
  }),
  values: () => NOTHING,
  Fields: () => (
    <>
      <TextArea
        name="list"
        label="CSV"
        required
        isCode
        hint={
          <>
            Up to {IMPORT_MAX.toLocaleString('en')} lines. For more:{' '}
            <code>postern suppressions import list.csv</code>
          </>
        }
      />
      <TextField
        name="as_of"
        label={`When the list was made, ${useView().preferences.zone}`}
        type="datetime-local"
        hint="For lines without a time. Whoever was lifted later stays lifted. Without it: now."
      />
      <Hidden fields={{ zone: useView().preferences.zone }} />
      <Reason />
    </>
  ),
  async save(c, _none, typed) {
    const asOf = momentIn(c.get('form'), 'as_of', readerOf(c))
    if (asOf === undefined && typed.as_of !== '')
      return [{ path: 'as_of', problem: 'Choose a day and a time of day.' }]
    const read = readList(typed.list, asOf)
    if (typeof read === 'string') return [{ path: 'list', problem: read }]
    if (field(c, 'planned') !== 'yes') return showPlan(c, read, typed)
    const done = await call(c, suppressionRoutes.importSuppressions, { body: { entries: read.entries } })
    return done.ok
      ? c.redirect(`/suppressions?${IMPORT_NOTICES.query('imported', done.json.added)}`, 303)
      : done
  },
})

const refusedWords = (refused: Read['refused']): string =>
  `no address, or a wrong reason or time, is in line ${refused.slice(0, NAMED_LINES).join(', ')}${
    refused.length > NAMED_LINES ? ` and ${refused.length - NAMED_LINES} more` : ''
  }.`

const COLUMNS: readonly Column<ImportEntry>[] = [
  { label: 'Address', kind: 'address', cell: ({ address }) => <Shown text={address} max={120} /> },
  {
    label: 'Reason',
    cell: ({ reason, scope }) => (
      <>
        {reasonWord(reason ?? 'manual')} <OnlyFor scope={scope} />
      </>
    ),
  },
  { label: 'Since', cell: ({ since }) => (since === undefined ? 'now' : <When at={since} />) },
  { label: 'Note', kind: 'long', cell: ({ note }) => <Shown text={note} max={200} /> },
]

async function showPlan(
  c: ConsoleContext,
  { entries, refused }: Read,
  typed: typeof NOTHING,
): Promise<Response> {
  const { store, nowMs } = c.get('context')
  const known = await activeReasons(
    store,
    entries.map(({ address }) => address),
    nowMs,
  )
  return answerPage(
    c,
    { title: 'Import suppressions', back: { href: PATH, text: 'Another list' } },
    <>
      <p class="lead">Nothing is changed yet.</p>
      <Facts
        rows={[
          ['To import', entries.length.toLocaleString('en')],
          [
            'Suppressed already',
            known.filter(({ reasons }) => reasons.length > 0).length.toLocaleString('en'),
          ],
          ['Left out', refused.length === 0 ? '0' : `${refused.length}: ${refusedWords(refused)}`],
        ]}
      />
      <Form
        action={PATH}
        label={`Import ${things(entries.length, 'line')}`}
        back={ABOVE[0]}
        hidden={{ ...typed, zone: readerOf(c).zone, planned: 'yes' }}
      />
      <Part id="sample" title={`The first ${Math.min(SHOWN, entries.length)}`}>
        <Table caption="The first entries" columns={COLUMNS} rows={entries.slice(0, SHOWN)} />
      </Part>
    </>,
  )
}
