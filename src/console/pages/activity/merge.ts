/** Pages of several lists by time as one, newest first. Its cursor has that of each list. */
import { CursorMalformed } from '../../../store/cursor.ts'
import type { KindPage } from './kind.ts'
import type { ActivityRow } from './row.tsx'

/** Of a list that has no more rows. */
const END = '-'
const BETWEEN = '~'

const EMPTY: KindPage = { rows: [], next: null, cursorAt: async () => END }

/** The cursors of so many lists. Undefined is the beginning, null the end. @throws {CursorMalformed} */
export function cursorsIn(cursor: string | undefined, lists: number): readonly (string | undefined | null)[] {
  if (cursor === undefined) return Array.from({ length: lists })
  const parts = cursor.split(BETWEEN)
  if (parts.length !== lists) throw new CursorMalformed('the cursor is of another list')
  return parts.map((part) => (part === END ? null : part))
}

interface Merged {
  readonly rows: readonly ActivityRow[]
  readonly next: string | null
}

/** @param pages undefined for a list that is at its end, or did not answer */
export async function merged(pages: readonly (KindPage | undefined)[], limit: number): Promise<Merged> {
  const lists = pages.map((page) => ({ page: page ?? EMPTY, at: 0 }))
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
    lists.map(async ({ page, at }) => (at < page.rows.length ? page.cursorAt(at) : (page.next ?? END))),
  )
  return { rows, next: cursors.every((one) => one === END) ? null : cursors.join(BETWEEN) }
}
