/** CSV that a spreadsheet shows and does not run (RFC 4180; OWASP, "CSV Injection"). */

/** Beginnings that make a cell a formula in one of the programs that open CSV, and our own mark. */
const RUNS = /^[=+\-@\t\r\n|%'＝＋－＠]/

/** A number stays one for the spreadsheet: a minus before it runs nothing. */
export type CsvCell = string | { readonly number: string }

/** One line with its end. Cells that would run begin with a mark, which {@link unguarded} takes off again. */
export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(cellOf).join(',')}\r\n`

/** The text with a mark before it where it would run. */
export const guarded = (text: string): string => (RUNS.test(text) ? `'${text}` : text)

/** Removes the guard against CSV injection, if there is one. */
export const unguarded = (text: string): string =>
  text.startsWith("'") && RUNS.test(text.slice(1)) ? text.slice(1) : text

function cellOf(cell: CsvCell): string {
  if (typeof cell !== 'string') return cell.number
  const text = cell
  const backups = guarded(text)
  return /[",\r\n\t]|^ | $/.test(backups) || backups !== text ? `"${backups.replaceAll('"', '""')}"` : backups
}
