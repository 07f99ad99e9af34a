/** Reads a CSV of addresses row by row, however long it is. */
import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { UsageError } from '../stop.ts'
import { type ReadRow, rowReader } from '../../console/suppression-rows.ts'

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
  const read = rowReader()
  try {
    for await (const { record, info } of rows as AsyncIterable<{
      readonly record: readonly string[]
      readonly info: { readonly lines: number }
    }>) {
      const row = read(record, info.lines)
      if (row !== undefined) yield row
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw new UsageError(`That is no CSV (${cause.code.toLowerCase().replaceAll('_', ' ')}).`)
  }
}
