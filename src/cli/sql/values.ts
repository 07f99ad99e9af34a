/** Values of DuckDB as text for people, as cells of CSV, and as JSON. No digit of a number is lost. */
import type { DuckDBValue } from '@duckdb/node-api'
import type { CsvCell } from '../../platform/csv.ts'

/** Text that DuckDB itself shows; times are in UTC. */
export const textOfValue = (value: DuckDBValue): string | null => (value === null ? null : String(value))

/** Numbers are no formulas for a spreadsheet, also if they are negative. */
export function csvCellOf(value: DuckDBValue): CsvCell {
  if (value === null) return ''
  const text = String(value)
  return isNumber(value) ? { number: text } : text
}

const isNumber = (value: DuckDBValue): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || isDecimal(value)

/** A decimal is an object with its digits and its scale. */
const isDecimal = (value: DuckDBValue): boolean =>
  typeof value === 'object' && value !== null && 'scale' in value

/** A number that a double holds stays one; a longer one is text, since most programs would round it. */
export function jsonOfValue(value: DuckDBValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint' || isDecimal(value)) {
    const text = String(value)
    return isExact(text) ? Number(text) : text
  }
  const { items, entries } = value as { readonly items?: unknown; readonly entries?: unknown }
  if (Array.isArray(items)) return items.map((one: DuckDBValue) => jsonOfValue(one))
  if (Array.isArray(entries))
    return Object.fromEntries(
      entries.map(({ key, value: one }: { key: DuckDBValue; value: DuckDBValue }) => [
        String(key),
        jsonOfValue(one),
      ]),
    )
  if (typeof entries === 'object' && entries !== null)
    return Object.fromEntries(
      Object.entries(entries).map(([name, one]) => [name, jsonOfValue(one as DuckDBValue)]),
    )
  return String(value)
}

/** A double holds any 15 digits. */
const isExact = (text: string): boolean =>
  Number.isSafeInteger(Number(text)) || text.replaceAll(/[-.]/g, '').replace(/^0+/, '').length <= 15
