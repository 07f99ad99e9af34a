/** Where a page ended: a time and an id, as one word that clients hand back and need not understand. */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../platform/bytes.ts'

export interface Place {
  readonly atMs: number
  readonly id: string
}

/** The cursor came from elsewhere. An operator's mistake: answer it, do not retry. */
export class CursorMalformed extends Error {
  override readonly name = 'CursorMalformed'
}

/** Before every row of a list that runs from newest to oldest. */
const START: Place = { atMs: Number.MAX_SAFE_INTEGER, id: '' }

export const toCursor = ({ atMs, id }: Place): string => toBase64Url(utf8(`${atMs}.${id}`))

/** @throws {CursorMalformed} */
export function fromCursor(cursor: string | undefined): Place {
  if (cursor === undefined) return START
  const bytes = fromBase64Url(cursor)
  const match = /^([0-9]{1,16})\.(.*)$/s.exec((bytes && textOf(bytes)) ?? '')
  if (match === null) throw new CursorMalformed('the cursor is not one of ours')
  return { atMs: Number(match[1]), id: match[2] ?? '' }
}

/** A page of at most `limit` of the rows read, which are one more than that when another page follows. */
export function page<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => Place,
): { readonly rows: readonly Row[]; readonly next_cursor: string | null } {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return {
    rows: kept,
    next_cursor: rows.length > limit && last !== undefined ? toCursor(placeOf(last)) : null,
  }
}
