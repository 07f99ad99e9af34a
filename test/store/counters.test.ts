/** Hourly counts, and how much of them one call reads. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type Count, COUNTED_LATE_MAX_DAYS, counts } from '../../src/store/counters.ts'
import { CursorMalformed } from '../../src/store/cursor.ts'
import { type Store, scopedTo } from '../../src/store/store.ts'
import { toInstant } from '../../src/platform/time.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { DAY_MS, HOUR_MS, NOON_MS, mailEvent } from '../support/mail-events.ts'
import { allCounts, emptyStore } from '../support/store.ts'

let store: Store
beforeEach(async () => {
  store = await emptyStore()
})

/** A hundred hours of each source, stored in no order. */
const SOURCES = ['c', 'a', 'e', 'b', 'd']
const fill = () =>
  store.db
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
       INSERT INTO counters (source, hour, counts)
       SELECT s.value, (n.i * 37) % 100, '{"email.sent":1,"email.bounced":2}' FROM n, json_each(?) s`,
    )
    .bind(JSON.stringify(SOURCES))
    .run()

/** The store, and the rows that its last statement has read. */
function counting(of: Store): { readonly store: Store; readonly rowsRead: () => number } {
  let rowsRead = 0
  const prepare = (sql: string) => ({
    bind: (...values: unknown[]) => ({
      async all() {
        const result = await of.db
          .prepare(sql)
          .bind(...values)
          .all()
        rowsRead = result.meta.rows_read
        return result
      },
    }),
  })
  return { store: { ...of, db: { prepare } as unknown as D1Database }, rowsRead: () => rowsRead }
}

const wordsOf = (page: readonly Count[]) =>
  page.map(({ source, hour, type, count }) => `${source} ${hour} ${type} ${count}`)

describe('pages', () => {
  it.each([
    ['all sources', {}, SOURCES.length],
    ['one source', { source: 'd' }, 1],
    ['hours since one', { sinceHour: 90 }, SOURCES.length],
  ])('have each hour of %s once, in order, and read little more', async (_what, query, sources) => {
    await fill()
    const { store: counted, rowsRead } = counting(store)
    const found: string[] = []
    let cursor: string | undefined
    for (;;) {
      const page = await counts(counted, { sinceHour: 0, limit: 7, cursor, ...query })
      expect(new Set(page.counts.map(({ source, hour }) => `${source} ${hour}`)).size).toBeLessThanOrEqual(7)
      // A source costs two look-ups.
      expect(rowsRead()).toBeLessThan(8 + 4 * SOURCES.length)
      found.push(...wordsOf(page.counts))
      if (page.next_cursor === null) break
      cursor = page.next_cursor
    }
    const all = wordsOf(await allCounts(store))
    const { sinceHour = 0, source } = query as { sinceHour?: number; source?: string }
    const expected = [...SOURCES]
      .toSorted()
      .filter((one) => (source ?? one) === one)
      .flatMap((one) => Array.from({ length: 100 - sinceHour }, (_, i) => `${one} ${sinceHour + i}`))
      .flatMap((one) => [`${one} email.bounced 2`, `${one} email.sent 1`])
    expect(found).toEqual(expected)
    expect(expected).toHaveLength(sources * (100 - sinceHour) * 2)
    expect(all).toEqual(expect.arrayContaining(found))
  })

  it('of who sees some sources have no others', async () => {
    await fill()
    const scoped = scopedTo(store, { sources: ['b', 'd'], personal: false })
    const first = await counts(scoped, { sinceHour: 0, limit: 150 })
    const second = await counts(scoped, { sinceHour: 0, limit: 150, cursor: first.next_cursor ?? '' })
    expect(new Set([...first.counts, ...second.counts].map(({ source }) => source))).toEqual(
      new Set(['b', 'd']),
    )
    expect(second.next_cursor).toBeNull()
  })

  it.each(['', 'x', 'eyJzb3VyY2UiOiJiIiwiaG91ciI6MX0'])('are not begun by the cursor %j', async (cursor) => {
    await expect(counts(store, { sinceHour: 0, limit: 9, cursor })).rejects.toThrow(CursorMalformed)
  })
})

it.each([
  ['an event of years ago', -20_000, false],
  ['an event that came a second too late', -COUNTED_LATE_MAX_DAYS - 1 / 86_400, false],
  ['an event that came just in time', -COUNTED_LATE_MAX_DAYS, true],
  ['an event of the hour before', -1 / 24, true],
])('%s is counted where it belongs', async (_what, days, isAtItsTime) => {
  const atMs = NOON_MS + days * DAY_MS
  const event = await mailEvent({ type: 'email.sent', atMs, received_at: toInstant(NOON_MS) })
  await consumeEvents(consumerDeps(store), [event])
  const hour = Math.floor((isAtItsTime ? atMs : NOON_MS) / HOUR_MS)
  expect(await allCounts(store)).toEqual([{ source: 'shop', hour, type: 'email.sent', count: 1 }])
})
