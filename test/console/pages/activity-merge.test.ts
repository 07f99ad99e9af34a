/** Several lists by time as one: in order, complete, page by page. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { KindPage } from '../../../src/console/pages/activity/kind.ts'
import { cursorsIn, merged } from '../../../src/console/pages/activity/merge.ts'
import type { ActivityRow } from '../../../src/console/pages/activity/row.tsx'
import { CursorMalformed } from '../../../src/store/cursor.ts'

const rowsOf = (list: number, times: readonly number[]): ActivityRow[] =>
  times
    .toSorted((a, b) => b - a)
    .map((atMs, i) => ({
      id: `${list}.${i}`,
      atMs,
      tone: 'plain',
      word: '',
      who: null,
      source: null,
      detail: null,
    }))

/** A list whose cursors are indexes, and whose pages may be short. */
const pageOf = (rows: readonly ActivityRow[], cursor: string | undefined, size: number): KindPage => {
  const from = Number(cursor ?? 0)
  const end = Math.min(rows.length, from + size)
  return {
    rows: rows.slice(from, end),
    next: end < rows.length ? String(end) : null,
    cursorAt: async (index) => String(from + index),
  }
}

it('is complete and in order, however short the pages of the lists are', async () => {
  const times = fc.array(fc.nat({ max: 20 }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(times, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      async (all, limit, size) => {
        const lists = all.map((one, i) => rowsOf(i, one))
        const found: ActivityRow[] = []
        let cursor: string | undefined
        for (let pages = 0; pages < 200; pages++) {
          const cursors = cursorsIn(cursor, lists.length)
          const { rows, next } = await merged(
            lists.map((rows, i) => {
              const own = cursors[i]
              return own === null || own === false ? null : pageOf(rows, own, size)
            }),
            limit,
          )
          expect(rows.length).toBeLessThanOrEqual(limit)
          found.push(...rows)
          if (next === null) break
          cursor = next
        }
        expect(found.map(({ atMs }) => atMs)).toEqual(all.flat().toSorted((a, b) => b - a))
        expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
      },
    ),
  )
})

it('goes on where a page has nothing, and knows a cursor of another list', async () => {
  const empty: KindPage = { rows: [], next: 'further', cursorAt: async () => '' }
  const other = pageOf(rowsOf(1, [5]), undefined, 9)
  expect(await merged([empty, other], 9)).toEqual({ rows: [], next: 'further~0' })
  expect(cursorsIn('a~-', 2)).toEqual(['a', null])
  const two = pageOf(rowsOf(2, [5, 4]), undefined, 1)
  expect((await merged([undefined, null, two], 1)).next).toBe('!~-~1')
  expect(cursorsIn('!~-~1', 3)).toEqual([false, null, '1'])
  expect(await merged([undefined, null], 1)).toEqual({ rows: [], next: null })
  expect(() => cursorsIn('a', 2)).toThrow(CursorMalformed)
})
