/** A cursor is the position at which a page ended: a time and an id, opaque to clients. */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../platform/bytes.ts'

export interface Position {
  readonly atMs: number
  readonly id: string
}

/** The cursor is not one that this store issued. It is the caller's mistake, so a retry does not help. */
export class CursorMalformed extends Error {
  override readonly name = 'CursorMalformed'
}

/** Contents that one page reads, so that a page of large events fits in memory. */
export const PAGE_MAX_BYTES = 4_000_000

/** The position before the first row of a list, which runs from newest to oldest. */
const START: Position = { atMs: Number.MAX_SAFE_INTEGER, id: '' }

export const toCursor = ({ atMs, id }: Position): string => toBase64Url(utf8(`${atMs}.${id}`))

/** Of a page that begins with the row at a position: no id has a character below the space. */
export const startingAt = ({ atMs, id }: Position): string => toCursor({ atMs, id: `${id} ` })

/** @throws {CursorMalformed} */
export function fromCursor(cursor: string | undefined): Position {
  if (cursor === undefined) return START
  const bytes = fromBase64Url(cursor)
  const match = /^([0-9]{1,16})\.(.*)$/s.exec((bytes && textOf(bytes)) ?? '')
  if (match === null) throw new CursorMalformed('the cursor is malformed')
  return { atMs: Number(match[1]), id: match[2] ?? '' }
}

/** A page of at most `limit` rows. If one more was read than that, another page follows. */
export function page<Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => Position,
): { readonly rows: readonly Row[]; readonly next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: shown,
    next_cursor: rows.length > limit && last !== undefined ? toCursor(positionOf(last)) : null,
  }
}
