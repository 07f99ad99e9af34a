/** Tables and lists of fields for people. Whatever comes from outside is made visible first. */
import { labelOf } from '../../api/labels.ts'
import { visibleText } from '../../platform/visible.ts'
import type { Paint } from '../command.ts'

export type Cell = string | number | boolean | null | undefined

/** Any value of an answer. */
export const cellOf = (value: unknown): Cell =>
  typeof value === 'string' || value === null ? value : JSON.stringify(value)

/** A cell is cut past this: a table is for looking, `--json` for everything. */
const CELL_MAX_CHARACTERS = 120

/** Names of fields of the API, whose labels stand above. A field that is no cell, or has other words, has a function. */
export type Columns<Row> = readonly (CellField<Row> | readonly [field: string, cell: (row: Row) => Cell])[]
/** Fields that are known by their names and hold a cell. */
type CellField<Row> = keyof Row &
  keyof { [Name in keyof Row as string extends Name ? never : Row[Name] extends Cell ? Name : never]: true }

/** Columns under their heads, two spaces apart. */
export function table<Row>(
  columns: Columns<NoInfer<Row>>,
  rows: readonly Row[],
  paint: Paint,
  headOf = (field: string) => labelOf(field).toUpperCase(),
): string {
  if (rows.length === 0) return paint('dim', 'none')
  const heads = columns.map((column) => headOf(String(typeof column === 'object' ? column[0] : column)))
  const shown = rows.map((row) =>
    columns.map((column) => cellText(typeof column === 'object' ? column[1](row) : (row[column] as Cell))),
  )
  const wanted = heads.map((head, i) => Math.max(widthOf(head), ...shown.map((row) => widthOf(row[i] ?? ''))))
  const widths = paint.columns === undefined ? wanted : fitted(wanted, heads.map(widthOf), paint.columns)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const width = widths[i] ?? 0
        const text = cut(cell, width)
        return i === cells.length - 1 ? text : text + ' '.repeat(width - widthOf(text))
      })
      .join(GAP)
  return [paint('bold', line(heads)), ...shown.map(line)].join('\n')
}

const GAP = '  '
/** A column that is cut keeps so much. */
const COLUMN_MIN = 10

/** Takes from the widest column until the line fits. The first column stays whole: it names the row. */
function fitted(wanted: readonly number[], heads: readonly number[], columns: number): number[] {
  const widths = [...wanted]
  let excess = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - columns
  while (excess > 0) {
    const spare = widths.map((width, i) => (i === 0 ? 0 : width - Math.max(COLUMN_MIN, heads[i] ?? 0)))
    const widest = widths.reduce(
      (best, width, i) => ((spare[i] ?? 0) > 0 && (best < 0 || width > (widths[best] ?? 0)) ? i : best),
      -1,
    )
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return widths
}

/** The text in so many columns, with an ellipsis where it was cut. */
function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (widthOf(kept + character) >= width) break
    kept += character
  }
  return `${kept}…`
}

/** One field a line, the names in a column. Absent ones are left out. */
export function fields(pairs: readonly (readonly [name: string, value: Cell])[], paint: Paint): string {
  const present = pairs.filter(([, value]) => value !== undefined)
  const width = Math.max(0, ...present.map(([name]) => widthOf(visibleText(name))))
  return present
    .map(([name, value]) => {
      const label = visibleText(name)
      return `${paint('bold', label)}${' '.repeat(width - widthOf(label))}  ${cellText(value, 2_000)}`
    })
    .join('\n')
}

const cellText = (value: Cell, maxCharacters = CELL_MAX_CHARACTERS): string =>
  value === null || value === undefined || value === '' ? '–' : visibleText(String(value), maxCharacters)

/** Columns on a terminal: marks take none, East Asian wide characters and emoji two (UAX 11). */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

const MARK = /\p{M}/u
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}]/u
