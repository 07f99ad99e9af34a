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
}

/** Names of the column with the address, as ESPs and our own export write them; with none of them it is the first. */
const ADDRESS_COLUMNS: ReadonlySet<string> = new Set([
  'address',
  'recipient',
  'email',
  'email address',
  'e-mail',
])
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
  let columns: { readonly address: number; readonly note: number } | undefined
  try {
    for await (const { record, info } of rows as AsyncIterable<{
      readonly record: readonly string[]
      readonly info: { readonly lines: number }
    }>) {
      if (columns === undefined) {
        const names = record.map((name) => name.trim().toLowerCase())
        const address = names.findIndex((name) => ADDRESS_COLUMNS.has(name))
        columns = address < 0 ? { address: 0, note: 1 } : { address, note: names.indexOf(NOTE_COLUMN) }
        if (address >= 0) continue
      }
      yield {
        line: info.lines,
        address: unguarded(record[columns.address]?.trim() ?? ''),
        note: unguarded(record[columns.note]?.trim() ?? ''),
      }
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw new UsageError(`That is no CSV (${cause.code.toLowerCase().replaceAll('_', ' ')}).`)
  }
}
