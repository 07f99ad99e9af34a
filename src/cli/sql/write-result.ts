/** The rows of a statement as a table, as CSV or as JSON, as they come. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { visibleJson } from '../../platform/visible.ts'
import type { Paint } from '../command.ts'
import { csvLine } from '../../platform/csv.ts'
import { type Columns, table } from '../out/table.ts'
import { csvCellOf, jsonOfValue, textOfValue } from './values.ts'

export const ROW_FORMATS = ['table', 'csv', 'json'] as const
type RowFormat = (typeof ROW_FORMATS)[number]

/** A table is for looking: its columns are as wide as the widest of so many rows. */
const TABLE_ROWS = 1_000

export interface Written {
  readonly rows: number
  /** Whether there are more rows than a table shows. */
  readonly isCut: boolean
}

type Row = readonly DuckDBValue[]
type Print = (text: string) => Promise<void> | void

/** @param print gets text that ends with its line */
export async function writeResult(
  connection: DuckDBConnection,
  statement: string,
  format: RowFormat,
  print: Print,
  paint: Paint,
): Promise<Written> {
  const result = await connection.stream(statement)
  const names = result.deduplicatedColumnNames()
  return WRITERS[format](names, rowsOf(result.yieldRows()), print, paint)
}

async function* rowsOf(chunks: AsyncIterable<readonly Row[]>): AsyncGenerator<Row> {
  for await (const rows of chunks) yield* rows
}

type Writer = (
  names: readonly string[],
  rows: AsyncIterable<Row>,
  print: Print,
  paint: Paint,
) => Promise<Written>

const WRITERS: Readonly<Record<RowFormat, Writer>> = {
  async table(names, rows, print, paint) {
    const shown: Row[] = []
    let isCut = false
    for await (const row of rows) {
      isCut = shown.length === TABLE_ROWS
      if (isCut) break
      shown.push(row)
    }
    const columns: Columns<Row> = names.map((name, i) => [name, (row: Row) => textOfValue(row[i] ?? null)])
    await print(`${table(columns, shown, paint, (name) => name)}\n`)
    return { rows: shown.length, isCut }
  },

  async csv(names, rows, print) {
    await print(csvLine(names))
    let count = 0
    for await (const row of rows) {
      await print(csvLine(row.map(csvCellOf)))
      count++
    }
    return { rows: count, isCut: false }
  },

  async json(names, rows, print) {
    let count = 0
    for await (const row of rows) {
      const object = Object.fromEntries(names.map((name, i) => [name, jsonOfValue(row[i] ?? null)]))
      await print(`${count === 0 ? '[' : ','}\n  ${visibleJson(JSON.stringify(object))}`)
      count++
    }
    await print(count === 0 ? '[]\n' : '\n]\n')
    return { rows: count, isCut: false }
  },
}
