/** Rows of a CSV of addresses: an export of ours, or another system's list. The command and the pages read them alike. */
import { NOTE_MAX_CHARACTERS } from '../api/address.ts'
import { EVIDENCE_MAX_CHARACTERS, IMPORT_FIELDS, type ImportEntry } from '../api/suppressions.ts'
import { unguarded } from '../platform/csv.ts'
import { sha256Hex } from '../platform/sha256.ts'

export interface ReadRow {
  /** Of the file, from 1. */
  readonly line: number
  readonly address: string
  readonly note: string
  /** Of our own export, with empty cells left out; of any other file its time, if it has one. */
  readonly exported: Partial<Record<(typeof EXPORT_COLUMNS)[number], string>> | undefined
}

/** Columns of our own export besides address and note, about a reason: in the words of the API. */
const EXPORT_COLUMNS = [
  'reason',
  'since',
  'as_of',
  'source',
  'event_id',
  'native_type',
  'evidence',
  'lifted_at',
  'scope',
  'expires_at',
] as const
/** A file that has all of these columns is an export of ours. */
const MARKS = ['reason', 'since', 'source', 'evidence'] as const

/** Columns of our own export. */
export const EXPORT_HEADS = ['address', ...EXPORT_COLUMNS, 'note'] as const

/** Names of the column with the address, as ESPs and our own export write them; with none of them it is the first. */
const ADDRESS_COLUMNS: ReadonlySet<string> = new Set([
  'address',
  'recipient',
  'email',
  'emailaddress',
  'recipientemail',
  'contactemail',
  'subscriberemail',
  'mail',
])
/** `EmailAddress` (Postmark, Amazon SES), `Email Address` (Mailchimp) and `e-mail` are one name. */
const columnName = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]/g, '')

const NOTE_COLUMN = 'note'
/**
 * Where an ESP's list says why and when: SendGrid, Postmark and Mailgun. The names are those of their APIs, as excerpts of the references had
 * them on 2026-12-01; that an exported CSV has the same heads is believed.
 */
const REASON_COLUMNS = ['reason', 'suppressionreason', 'error']
const TIME_COLUMNS = ['created', 'createdat']

/**
 * A reader of records in their order, which gives undefined for the head. The first line is a head if it names a column of
 * addresses; else it is a row, and the second column is the note.
 */
export function rowReader(): (record: readonly string[], line: number) => ReadRow | undefined {
  let columns: Columns | undefined
  return (record, line) => {
    if (columns === undefined) {
      const names = record.map(columnName)
      const address = names.findIndex((name) => ADDRESS_COLUMNS.has(name))
      columns = address < 0 ? WITHOUT_HEAD : columnsIn(names, address)
      if (address >= 0) return undefined
    }
    const cell = (column: number): string => unguarded(record[column]?.trim() ?? '')
    const { address, note, time, exported } = columns
    const since = instantOf(cell(time))
    return {
      line,
      address: cell(address),
      note: cell(note),
      exported:
        exported === undefined
          ? since === undefined
            ? undefined
            : { since }
          : Object.fromEntries(
              EXPORT_COLUMNS.map((name, i) => [name, cell(exported[i] ?? -1)]).filter(
                ([, text]) => text !== '',
              ),
            ),
    }
  }
}

/** An entry of an import, not checked yet. @param asOf time of the list, for rows without a time */
export function entryOf({ address, note, exported }: ReadRow, asOf: string | undefined): object {
  const { evidence, ...fields } = exported ?? {}
  // The ESP's words are kept beside their event only.
  const isKept = fields.event_id !== undefined
  const shownNote = (note === '' && !isKept ? (evidence ?? '') : note).slice(0, NOTE_MAX_CHARACTERS)
  const hasTime = fields.since !== undefined || fields.lifted_at !== undefined
  return {
    address,
    ...fields,
    ...(hasTime || asOf === undefined ? {} : { since: asOf }),
    ...(isKept && evidence !== undefined ? { evidence: evidence.slice(0, EVIDENCE_MAX_CHARACTERS) } : {}),
    ...(shownNote === '' ? {} : { note: shownNote }),
  }
}

interface Columns {
  readonly address: number
  readonly note: number
  readonly time: number
  /** As {@link EXPORT_COLUMNS}; -1 for one that is missing. */
  readonly exported?: readonly number[] | undefined
}

const WITHOUT_HEAD: Columns = { address: 0, note: 1, time: -1 }

function columnsIn(names: readonly string[], address: number): Columns {
  const at = (name: string): number => names.indexOf(columnName(name))
  const isOurs = MARKS.every((name) => at(name) >= 0)
  if (isOurs) return { address, note: at(NOTE_COLUMN), time: -1, exported: EXPORT_COLUMNS.map(at) }
  const first = (columns: readonly string[]) => columns.map(at).find((column) => column >= 0) ?? -1
  return { address, note: first([NOTE_COLUMN, ...REASON_COLUMNS]), time: first(TIME_COLUMNS) }
}

/** Of Unix seconds, or of a date that names its zone: without one it could be any hour. */
function instantOf(text: string): string | undefined {
  const ms = /^\d{9,10}$/.test(text)
    ? 1_000 * Number(text)
    : /(?:Z|GMT|UTC|[+-]\d\d:?\d\d)$/.test(text)
      ? Date.parse(text)
      : Number.NaN
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

const CAME_LATER: ReadonlySet<string> = new Set(['scope', 'expires_at'])

/**
 * SHA-256, in hex, of a JSON array with an array for each entry: its fields in the order of the schema, null for none. Some came later:
 * an entry without one has no place for it, as in an older command.
 */
export const chunkDigest = (entries: readonly ImportEntry[]): Promise<string> =>
  sha256Hex(
    JSON.stringify(
      entries.map((entry) =>
        IMPORT_FIELDS.filter((name) => !CAME_LATER.has(name) || entry[name] !== undefined).map(
          (name) => entry[name] ?? null,
        ),
      ),
    ),
  )
