/** Cursors of lists whose items are numbered. */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../../platform/bytes.ts'
import { CursorMalformed } from '../../store/cursor.ts'

export const numberCursor = (last: number): string => toBase64Url(utf8(String(last)))

/** The number before which a page begins. @throws {CursorMalformed} */
export function numberBefore(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const text = textOf(fromBase64Url(cursor) ?? new Uint8Array(1).fill(0xff)) ?? ''
  if (!/^[0-9]{1,12}$/.test(text)) throw new CursorMalformed('the cursor is not one of ours')
  return Number(text)
}
