/** Pages of several lists by time as one, newest first. Its cursor has that of each list. */
import { CursorMalformed } from '../../../store/cursor.ts'
import type { KindPage } from './kind.ts'
import type { ActivityRow } from './row.tsx'

/** Of a list that has no more rows. */
const END = '-'
/** Of a list that did not answer. The pages behind do without it, too, and say so. */
const MISSING = '!'
const BETWEEN = '~'

const NO_ROWS: KindPage = { rows: [], next: null, cursorAt: async () => END }

/** Undefined is the beginning, null the end, and false a list that did not answer on a page before. */
type ListCursor = string | undefined | null | false

/** The cursors of so many lists. @throws {CursorMalformed} */
export function cursorsIn(cursor: string | undefined, lists: number): readonly ListCursor[] {
  if (cursor === undefined) return Array.from({ length: lists })
  const parts = cursor.split(BETWEEN)
  if (parts.length !== lists) throw new CursorMalformed('the cursor is of another list')
  return parts.map((part) => (part === END ? null : part !== MISSING && part))
}

interface Merged {
  readonly rows: readonly ActivityRow[]
  readonly next: string | null
}

/** @param pages null for a list that is at its end, undefined for one that did not answer */
export async function merged(
  pages: readonly (KindPage | null | undefined)[],
  limit: number,
): Promise<Merged> {
  const lists = pages.map((page) => ({ page: page ?? NO_ROWS, at: 0 }))
  const rows: ActivityRow[] = []
  const headOf = ({ page, at }: (typeof lists)[number]) => page.rows[at]
  // Where a list has more than its page, nobody knows yet whether that is newer than the rest of the others.
  while (rows.length < limit && !lists.some((one) => headOf(one) === undefined && one.page.next !== null)) {
    const newest = lists
      .filter((one) => headOf(one) !== undefined)
      .reduce<(typeof lists)[number] | undefined>(
        (best, one) =>
          (headOf(one)?.atMs ?? 0) > (best === undefined ? -1 : (headOf(best)?.atMs ?? 0)) ? one : best,
        undefined,
      )
    const row = newest && headOf(newest)
    if (newest === undefined || row === undefined) break
    rows.push(row)
    newest.at++
  }
  const cursors = await Promise.all(
    lists.map(async ({ page, at }, i) => {
      if (pages[i] === undefined) return MISSING
      return at < page.rows.length ? page.cursorAt(at) : (page.next ?? END)
    }),
  )
  const isLast = cursors.every((one) => one === END || one === MISSING)
  return { rows, next: isLast ? null : cursors.join(BETWEEN) }
}
