/** Reads a CSV of addresses row by row, however long it is. */
import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { UsageError } from '../stop.ts'
import { unguarded } from './write.ts'

export interface ReadRow {
  /** Of the file, from 1. */
  readonly line: number
  readonly address: string
  readonly note: string
  /** Of our own export; undefined for any other file. Empty cells are left out. */
  readonly exported: Partial<Record<(typeof EXPORT_COLUMNS)[number], string>> | undefined
}

/** Columns of our own export besides address and note, about a reason: in the words of the API. */
export const EXPORT_COLUMNS = [
  'reason',
  'since',
  'as_of',
  'source',
  'event_id',
  'native_type',
  'evidence',
  'lifted_at',
] as const
/** A file that has all of these columns is an export of ours. */
const MARKS = ['reason', 'since', 'source', 'evidence'] as const

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

/** A row of an ESP's export is far below. */
const ROW_MAX_BYTES = 64 * 1024

/**
 * The first line is a head if it names a column of addresses; else it is a row, and the second column is the note.
 *
 * @throws {UsageError} for what is no CSV; nothing of it is quoted
 */
export async function* readRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReadRow> {
  const rows = Readable.from(bytes).pipe(
    parse({
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: ROW_MAX_BYTES,
    }),
  )
  let columns: Columns | undefined
  try {
    for await (const { record, info } of rows as AsyncIterable<{
      readonly record: readonly string[]
      readonly info: { readonly lines: number }
    }>) {
      if (columns === undefined) {
        const names = record.map(columnName)
        const address = names.findIndex((name) => ADDRESS_COLUMNS.has(name))
        columns = address < 0 ? WITHOUT_HEAD : columnsIn(names, address)
        if (address >= 0) continue
      }
      const cell = (column: number): string => unguarded(record[column]?.trim() ?? '')
      const { address, note, exported } = columns
      yield {
        line: info.lines,
        address: cell(address),
        note: cell(note),
        exported:
          exported === undefined
            ? undefined
            : Object.fromEntries(
                EXPORT_COLUMNS.map((name, i) => [name, cell(exported[i] ?? -1)]).filter(
                  ([, text]) => text !== '',
                ),
              ),
      }
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw new UsageError(`That is no CSV (${cause.code.toLowerCase().replaceAll('_', ' ')}).`)
  }
}

interface Columns {
  readonly address: number
  readonly note: number
  /** As {@link EXPORT_COLUMNS}; -1 for one that is missing. */
  readonly exported?: readonly number[] | undefined
}

const WITHOUT_HEAD: Columns = { address: 0, note: 1 }

function columnsIn(names: readonly string[], address: number): Columns {
  const at = (name: string): number => names.indexOf(columnName(name))
  const isOurs = MARKS.every((name) => at(name) >= 0)
  return { address, note: at(NOTE_COLUMN), exported: isOurs ? EXPORT_COLUMNS.map(at) : undefined }
}
