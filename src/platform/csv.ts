/** CSV (RFC 4180): written so that a spreadsheet shows it and does not run it (OWASP, "CSV Injection"), and read. */

/**
 * Where a cell begins that a spreadsheet would run: at the start, and behind whatever separates cells in the program or country that opens
 * the file (Excel takes `;` where the comma is decimal). The characters make a formula in one of these programs; the last `'` is our mark.
 */
const RUNS = String.raw`(?=[=+\-@\t\r\n|%'＝＋－＠])`
const BEGINS = String.raw`(?<=^|[;\t\r\n])`
const UNMARKED = new RegExp(BEGINS + RUNS, 'g')
const MARKED = new RegExp(`${BEGINS}'${RUNS}`, 'g')

/** A number stays one for the spreadsheet: a minus before it runs nothing. */
export type CsvCell = string | { readonly number: string }

/** One line with its end. Cells that would run begin with a mark, which {@link unguarded} takes off again. */
export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(cellOf).join(',')}\r\n`

/** The text with a mark wherever it would run. */
export const guarded = (text: string): string => text.replace(UNMARKED, "'")

/** Removes the marks of {@link guarded}. */
export const unguarded = (text: string): string => text.replace(MARKED, '')

function cellOf(cell: CsvCell): string {
  if (typeof cell !== 'string') return cell.number
  const text = guarded(cell)
  return /[",\r\n\t]|^ | $/.test(text) || text !== cell ? `"${text.replaceAll('"', '""')}"` : text
}

export interface CsvRecord {
  readonly cells: readonly string[]
  /** At which it begins, from 1. */
  readonly line: number
}

/** A cell, quoted or not, and its end. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y

/** All records of a short text. Empty lines are left out. @returns undefined if it is no CSV */
export function readCsv(text: string): readonly CsvRecord[] | undefined {
  const whole = text.replace(/^\uFEFF/, '')
  const records: CsvRecord[] = []
  let cells: string[] = []
  let [line, began] = [1, 1]
  for (CELL.lastIndex = 0; CELL.lastIndex < whole.length || cells.length > 0;) {
    const found = CELL.exec(whole)
    if (found === null) return undefined
    const [all, quoted, plain = '', end = ''] = found
    cells.push(quoted?.replaceAll('""', '"') ?? plain)
    line += all.match(/\r\n|\n|\r/g)?.length ?? 0
    if (end === ',') continue
    if (cells.length > 1 || cells[0] !== '') records.push({ cells, line: began })
    cells = []
    began = line
  }
  return records
}
