/** Old events leave the store: whole segments, and single types of events. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { timePrefix } from '../../src/event/identity.ts'
import type { EventType } from '../../src/event/mail-event.ts'
import { filterFingerprintsOf } from '../../src/store/fingerprint.ts'
import { historySince, readHistory } from '../../src/store/history.ts'
import { type Removed, blankEvents, removeSegments } from '../../src/store/removal.ts'
import type { Store } from '../../src/store/store.ts'
import type { EventToStore } from '../../src/store/stored-event.ts'
import { DAY_MS, HOUR_MS, NOON_MS } from '../support/mail-events.ts'
import { storeBatches, storeSegments } from '../support/segments.ts'
import { countOf, emptyStore, rowsOf } from '../support/store.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

const ALL = { upTo: Number.MAX_SAFE_INTEGER, keep: [], segments: 1_000 }

const eventAt = (
  atMs: number,
  nr: number,
  type: EventType = 'email.sent',
  source = 'shop',
): EventToStore => ({
  id: timePrefix(atMs) + nr.toString(16).padStart(32, '5'),
  atMs,
  subjectFingerprints: [],
  filterFingerprints: filterFingerprintsOf(source, type),
  values: [source, 'generic', type, 'sent', null, null, atMs, atMs],
})

/** A segment for each of these hours of a day each, in this order. */
async function storeDays(count: number, of = (day: number) => [eventAt(NOON_MS + day * DAY_MS, day)]) {
  for (let day = 0; day < count; day++) await storeBatches([of(day)], NOON_MS + day * DAY_MS + HOUR_MS)
}

const segments = async (): Promise<number[]> =>
  (await rowsOf('SELECT segment FROM segments ORDER BY segment')).map((row) => Number(row['segment']))

const contents = async (): Promise<unknown[][]> =>
  (await rowsOf('SELECT contents FROM segments ORDER BY segment')).map(
    (row) => JSON.parse(String(row['contents'])) as unknown[],
  )

/** Steps until nothing is left to look at. */
async function inSteps(step: (after: number) => Promise<Removed>): Promise<Removed[]> {
  const steps: Removed[] = []
  for (let after = 0; ;) {
    const removed = await step(after)
    steps.push(removed)
    after = removed.at
    if (!removed.more) return steps
  }
}

describe('removing segments', () => {
  const LATER_MS = NOON_MS + 100 * DAY_MS

  it('removes the oldest, up to the given one, and remembers their times', async () => {
    await storeDays(6)
    expect(await historySince(store)).toBeNull()
    expect(await removeSegments(store, { ...ALL, upTo: 3 }, LATER_MS)).toEqual({
      segments: 3,
      events: 3,
      at: 3,
      more: false,
    })
    expect(await segments()).toEqual([4, 5, 6])
    expect(await readHistory(store)).toEqual({
      beforeMs: NOON_MS + 2 * DAY_MS,
      storedMs: NOON_MS + 2 * DAY_MS + HOUR_MS,
    })
    expect(await historySince(store)).toBe('2026-06-04T10:00:00.001Z')
  })

  it('goes on in steps, and never removes the last segment', async () => {
    await storeDays(6)
    const steps = await inSteps((after) => removeSegments(store, { ...ALL, after, segments: 2 }, LATER_MS))
    expect(steps.map(({ segments }) => segments)).toEqual([2, 2, 1])
    expect(await segments()).toEqual([6])
    expect(await removeSegments(store, ALL, LATER_MS)).toMatchObject({ segments: 0, more: false })
    expect(await readHistory(store)).toMatchObject({ beforeMs: NOON_MS + 4 * DAY_MS })
  })

  it('takes fewer segments in a step if they are large', async () => {
    const large = `[["${'x'.repeat(1_900_000)}"]]`
    await storeSegments(
      Array.from({ length: 20 }, (_, i) => NOON_MS + i),
      1,
      large,
    )
    expect(await removeSegments(store, ALL, LATER_MS)).toMatchObject({ segments: 16, at: 16, more: true })
    await storeSegments(
      Array.from({ length: 3_000 }, () => NOON_MS + HOUR_MS),
      100,
    )
    const many = { ...ALL, after: 99, segments: 3_000 }
    expect(await removeSegments(store, many, LATER_MS)).toMatchObject({ segments: 2_500, more: true })
  })

  it('removes nothing from an empty store', async () => {
    expect(await removeSegments(store, ALL, LATER_MS)).toEqual({ segments: 0, events: 0, at: 0, more: false })
    expect(await historySince(store)).toBeNull()
  })

  it('keeps segments that list a fingerprint, also if they are all that a step looks at', async () => {
    await storeDays(6, (day) => [
      eventAt(NOON_MS + day * DAY_MS, day, 'email.sent', day < 3 ? 'held' : 'shop'),
    ])
    const keep = filterFingerprintsOf('held', 'email.sent').slice(0, 1)
    const steps = await inSteps((after) =>
      removeSegments(store, { ...ALL, keep, after, segments: 2 }, LATER_MS),
    )
    expect(steps.map(({ segments }) => segments)).toEqual([0, 1, 1])
    expect(await segments()).toEqual([1, 2, 3, 6])
  })

  it('keeps what a clock dated in the future, so that history does not exclude all events until then', async () => {
    await storeDays(4)
    expect(await removeSegments(store, ALL, NOON_MS + DAY_MS)).toMatchObject({ segments: 1 })
    expect(await segments()).toEqual([2, 3, 4])
    expect(await readHistory(store)).toMatchObject({ beforeMs: NOON_MS })
  })

  it('removes the rows of the inverted index of a block that is gone, and of no other', async () => {
    await storeBatches(Array.from({ length: 1_030 }, (_, nr) => [eventAt(NOON_MS + nr * 20 * HOUR_MS, nr)]))
    const blocks = async () =>
      (await rowsOf('SELECT DISTINCT block FROM inverted_index ORDER BY block')).map((row) => row['block'])
    expect(await blocks()).toEqual([0, 1])
    const muchLater = NOON_MS + 10_000 * DAY_MS
    await removeSegments(store, { ...ALL, upTo: 510 }, muchLater)
    expect(await blocks()).toEqual([0, 1])
    await removeSegments(store, { ...ALL, upTo: 600 }, muchLater)
    expect(await blocks()).toEqual([1])
  })

  it('makes the database smaller', async () => {
    const size = async (): Promise<number> => (await env.STORE.prepare('SELECT 1').run()).meta.size_after
    const large = (nr: number) => ({
      ...eventAt(NOON_MS + nr * HOUR_MS, nr),
      values: ['shop', 'generic', 'email.sent', 'x'.repeat(100_000)],
    })
    await storeBatches(Array.from({ length: 40 }, (_, nr) => [large(nr)]))
    const before = await size()
    await removeSegments(store, ALL, NOON_MS + 10 * DAY_MS)
    expect(await segments()).toHaveLength(1)
    expect(before - (await size())).toBeGreaterThan(3_000_000)
  })
})

describe('blanking events', () => {
  const TYPES = ['email.opened', 'email.clicked', 'email.sent'] as const
  const NOW_MS = NOON_MS + 100 * DAY_MS
  const mixed = (day: number) =>
    TYPES.map((type, nr) => eventAt(NOON_MS + day * DAY_MS, 3 * day + nr, type, day === 1 ? 'held' : 'shop'))

  it('leaves null in place of the types that are given, and every id', async () => {
    await storeDays(3, mixed)
    const ids = await rowsOf('SELECT ids FROM segments ORDER BY segment')
    const blanking = { ...ALL, upTo: 2, types: TYPES.slice(0, 2) }
    expect(await blankEvents(store, blanking, NOW_MS)).toEqual({ segments: 2, events: 4, at: 2, more: false })
    expect((await contents()).map((events) => events.map((event) => event === null))).toEqual([
      [true, true, false],
      [true, true, false],
      [false, false, false],
    ])
    expect(await rowsOf('SELECT ids FROM segments ORDER BY segment')).toEqual(ids)
    expect(await historySince(store)).toBeNull()
  })

  it('counts each event once, in steps, and leaves what is kept', async () => {
    await storeDays(4, mixed)
    const before = await contents()
    const keep = filterFingerprintsOf('held', 'email.sent').slice(0, 1)
    const blanking = { ...ALL, keep, types: ['email.opened'] as const, segments: 1 }
    const steps = await inSteps((after) => blankEvents(store, { ...blanking, after }, NOW_MS))
    expect(steps.map(({ events }) => events)).toEqual([1, 0, 1, 1])
    expect((await contents())[1]).toEqual(before[1])
    const again = { ...blanking, segments: 10, types: ['email.opened', 'email.clicked'] as const }
    expect(await blankEvents(store, again, NOW_MS)).toMatchObject({ segments: 3, events: 3 })
    // The third event is stored as it was.
    expect((await contents())[3]).toEqual([null, null, before[3]?.[2]])
  })

  it('writes no row if nothing is of the types', async () => {
    await storeDays(2, mixed)
    expect(await blankEvents(store, { ...ALL, types: ['email.bounced'] }, NOW_MS)).toMatchObject({
      events: 0,
      at: 2,
    })
    expect(await countOf('history')).toBe(0)
  })
})
