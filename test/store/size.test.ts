import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  DATABASE_MAX_BYTES,
  type RemovalOfOld,
  type StoreSize,
  growthOf,
  storeSize,
} from '../../src/store/size.ts'
import { countedD1 } from '../support/counted-d1.ts'
import { DAY_MS, NOON_MS } from '../support/mail-events.ts'
import { storeSegments } from '../support/segments.ts'
import { emptyStore } from '../support/store.ts'

beforeEach(async () => {
  await emptyStore()
})

const storeDays = (daysAgo: readonly number[], first?: number, contents?: string): Promise<void> =>
  storeSegments(
    daysAgo.map((days) => NOON_MS - days * DAY_MS),
    first,
    contents,
  )

const sizeNow = () => storeSize(env.STORE, NOON_MS)

describe('the size of the store', () => {
  it('is what D1 says after a statement: it grows with what is stored, and falls with what is removed', async () => {
    const empty = await sizeNow()
    expect(empty.bytes).toBeGreaterThan(10_000)
    const contents = JSON.stringify(['x'.repeat(100_000)])
    await storeDays([3, 2, 1], 1, contents)
    const filled = await sizeNow()
    expect(filled.bytes - empty.bytes).toBeGreaterThan(3 * 100_000)
    expect(filled.bytes - empty.bytes).toBeLessThan(4 * 100_000)
    await env.STORE.prepare('DELETE FROM segments WHERE segment < 3').run()
    const removed = await sizeNow()
    expect(filled.bytes - removed.bytes).toBeGreaterThan(2 * 100_000)
    expect(removed).toMatchObject({ events: 10, eventsEver: 30 })
  })

  it.each<[string, readonly number[], number, Omit<StoreSize, 'bytes'>]>([
    ['nothing', [], 1, { events: 0, eventsEver: 0, eventsADay: 0 }],
    ['a moment', [0, 0], 1, { events: 20, eventsEver: 20, eventsADay: 20 }],
    ['two days', [2, 1, 0, 0], 1, { events: 40, eventsEver: 40, eventsADay: 20 }],
    ['a month, and nothing lately', [30, 29, 28], 1, { events: 30, eventsEver: 30, eventsADay: 0 }],
    ['a month', [30, 20, 10, 5, 4, 3, 2, 1, 0], 1, { events: 90, eventsEver: 90, eventsADay: 60 / 7 }],
    ['years, and holds a month', [30, 20, 5, 0], 1_000_001, { events: 40, eventsEver: 10_000_040, eventsADay: 20 / 7 }],
  ])('has the growth of a store of %s', async (_what, daysAgo, first, expected) => {
    await storeDays(daysAgo, first)
    expect(await sizeNow()).toEqual({ bytes: expect.any(Number), ...expected })
  }) // prettier-ignore

  it('reads no more of a large store than of a small one', async () => {
    await storeDays(Array.from({ length: 2_000 }, (_, i) => (2_000 - i) / 100))
    const { db, rows } = countedD1(env.STORE)
    const size = await storeSize(db, NOON_MS)
    expect(size.eventsADay).toBeCloseTo(1_000, -1)
    expect(rows.read).toBeLessThan(200)
  })
})

describe('growth', () => {
  const GB = 1_000_000_000
  const size = (gigabytes: number, eventsADay = 100_000): StoreSize => ({
    bytes: gigabytes * GB,
    events: gigabytes * 1_000_000,
    eventsEver: 50_000_000,
    eventsADay,
  })

  const ARCHIVED = { byArchive: true, afterDays: null }
  const KEPT = { byArchive: false, afterDays: null }
  const after = (afterDays: number): RemovalOfOld => ({ byArchive: false, afterDays })

  it.each<[string, StoreSize, RemovalOfOld, string, number | null]>([
    ['little is stored', size(1), KEPT, 'fits', 90],
    ['69 % are used', size(6.9), KEPT, 'fits', 31],
    ['70 % are used', size(7), KEPT, 'filling', 30],
    ['70 % are used, and nothing comes', size(7, 0), KEPT, 'filling', null],
    ['70 % are used, and what is old is removed', size(7), ARCHIVED, 'fits', null],
    ['what is old is not removed fast enough', size(9), ARCHIVED, 'nearly full', 10],
    ['70 % are used, and the rest lasts three days', size(7, 1_000_000), KEPT, 'nearly full', 3],
    ['retention removes events before it is full', size(7), after(80), 'fits', null],
    ['retention removes events too late', size(7), after(95), 'filling', 30],
    ['retention removes events, and it is nearly full', size(9.5), after(80), 'nearly full', 5],
    ['it is nearly full', size(9), KEPT, 'nearly full', 10],
    ['it is full', size(10.5), KEPT, 'nearly full', 0],
    ['nothing is stored', { bytes: 100_000, events: 0, eventsEver: 0, eventsADay: 0 }, KEPT, 'fits', null],
  ])('%s', (_what, of, removal, level, daysUntilFull) => {
    const growth = growthOf(of, removal, NOON_MS)
    const days = growth.fullAtMs === null ? null : Math.round((growth.fullAtMs - NOON_MS) / DAY_MS)
    expect([growth.level, days]).toEqual([level, daysUntilFull])
    expect(growth.share).toBeCloseTo(of.bytes / DATABASE_MAX_BYTES)
  }) // prettier-ignore
})
