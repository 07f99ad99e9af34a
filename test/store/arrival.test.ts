import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { toBase64Url, utf8 } from '../../src/platform/bytes.ts'
import { timePrefix } from '../../src/event/identity.ts'
import {
  ARRIVAL_START,
  type ArrivalPage,
  type ArrivalPosition,
  type EventReference,
  arrivalAt,
  arrivalEnd,
  oldestArrival,
  readArrivals,
  readEventsAt,
} from '../../src/store/arrival.ts'
import { fromArrivalCursor, isArrivalPlace, toArrivalCursor } from '../../src/store/sealed-cursor.ts'
import { listEventRows } from '../../src/store/events.ts'
import { filterFingerprintsOf } from '../../src/store/fingerprint.ts'
import { blankEvents } from '../../src/store/removal.ts'
import { type Store, scopedTo } from '../../src/store/store.ts'
import { type EventToStore, toStore } from '../../src/store/stored-event.ts'
import { HOUR_MS, NOON_MS, deliveryFacts, mailEvent } from '../support/mail-events.ts'
import { storeBatches } from '../support/segments.ts'
import { emptyStore } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

const idOf = (atMs: number, nr: number): string =>
  timePrefix(atMs) + nr.toString(16).padStart(6, '0').split('').toReversed().join('').padEnd(32, '5')

const missedIn = ({ gaps }: ArrivalPage): number => gaps.reduce((sum, gap) => sum + gap.events, 0)

let made = 0

/** Events of different hours, so that a batch makes several segments. */
const events = (count: number, { source = 'shop', type = 'email.sent' } = {}): EventToStore[] =>
  Array.from({ length: count }, () => {
    made++
    const atMs = NOON_MS - (made % 3) * 9 * HOUR_MS - (made % 7)
    return {
      id: idOf(atMs, made),
      atMs,
      subjectFingerprints: [],
      filterFingerprints: [],
      values: [source, 'generic', type, 'sent', null, null, atMs, atMs],
    }
  })

/** Ids of all pages up to the end. */
async function readAll(
  from: ArrivalPosition,
  size: number,
  rest: { until?: ArrivalPosition; sources?: string[]; types?: string[] } = {},
) {
  const ids: string[] = []
  let after = from
  let missed = 0
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await readArrivals(store, { after, events: size, ...rest })
    ids.push(...page.arrivals.map(({ row }) => row.event_id))
    after = page.next
    missed += missedIn(page)
    if (page.isLast) return { ids, missed, end: after }
  }
  throw new Error('the pages do not end')
}

/** As retention does: whole segments, but never the last one. */
const remove = async (low: number, high: number): Promise<void> => {
  await env.STORE.prepare(
    'DELETE FROM segments WHERE segment BETWEEN ?1 AND ?2 AND segment < (SELECT max(segment) FROM segments)',
  )
    .bind(low, high)
    .run()
}

describe('reading in the order of arrival', () => {
  it.each([1, 2, 7, 128, 1_000])(
    'gives each event once, %i at a time, in the order of commits',
    async (size) => {
      const batches = [events(3), events(1), events(200), events(5), events(1)]
      for (const batch of batches) await storeBatches([batch])
      const { ids, missed } = await readAll(ARRIVAL_START, size)
      expect(missed).toBe(0)
      let from = 0
      for (const batch of batches) {
        const slice = ids.slice(from, from + batch.length)
        expect(slice.toSorted()).toEqual(batch.map(({ id }) => id).toSorted())
        from += batch.length
      }
      expect(ids).toHaveLength(from)
    },
  )

  it('finds an event that happened long ago and arrives late', async () => {
    await storeBatches([events(4)])
    const { end } = await readAll(ARRIVAL_START, 100)
    const [late] = events(1)
    if (late === undefined) throw new Error('one')
    const old = { ...late, id: idOf(NOON_MS - 1_000 * HOUR_MS, 77), atMs: NOON_MS - 1_000 * HOUR_MS }
    await storeBatches([[old]])
    expect((await readAll(end, 100)).ids).toEqual([old.id])
  })

  it.each([
    ['a source', { sources: ['shop'] }, 1],
    ['a type', { types: ['email.bounced'] }, 2],
    ['both', { sources: ['shop'], types: ['email.bounced'] }, 0],
  ] as const)('reads past what is not wanted: %s', async (_name, wanted, count) => {
    await storeBatches([events(1), events(2, { source: 'news', type: 'email.bounced' })])
    const lists = {
      ...('sources' in wanted && { sources: [...wanted.sources] }),
      ...('types' in wanted && { types: [...wanted.types] }),
    }
    const { ids, end } = await readAll(ARRIVAL_START, 1, lists)
    expect(ids).toHaveLength(count)
    expect(end).toEqual(await arrivalEnd(store))
  })

  it('gives null for a column that an event was stored without', async () => {
    const [old, recent] = events(2)
    if (old === undefined || recent === undefined) throw new Error('two')
    const delivery = { request_id: 'req_1', network: '192.0.2.0/24', asn: 64_496, bytes: 120 }
    const event = await mailEvent({ type: 'email.sent' })
    const whole = await toStore(event, deliveryFacts(delivery), undefined, store)
    await storeBatches([[old, { ...recent, values: whole.values }]])
    const { arrivals } = await readArrivals(store, { after: ARRIVAL_START, events: 10 })
    const rowOf = (id: string) => arrivals.find(({ row }) => row.event_id === id)?.row
    expect(rowOf(recent.id)).toMatchObject(delivery)
    expect(rowOf(old.id)).toMatchObject({ request_id: null, network: null, asn: null, bytes: null })
  })

  it('shows a scope only its sources', async () => {
    await storeBatches([events(1), events(2, { source: 'news' })])
    store = scopedTo(store, { sources: ['news'], personal: true })
    expect((await readAll(ARRIVAL_START, 10)).ids).toHaveLength(2)
    expect((await readAll(ARRIVAL_START, 10, { sources: ['shop'] })).ids).toEqual([])
  })

  it('ends at a position', async () => {
    await storeBatches([events(150)])
    const until = await arrivalEnd(store)
    await storeBatches([events(9)])
    const { ids, end } = await readAll(ARRIVAL_START, 40, { until })
    expect(ids).toHaveLength(150)
    expect(end).toEqual(until)
  })

  it('is at the end of an empty store', async () => {
    expect(await readArrivals(store, { after: ARRIVAL_START, events: 10 })).toEqual({
      arrivals: [],
      next: ARRIVAL_START,
      isLast: true,
      gaps: [],
      stored: 0,
      storedAtMs: new Map(),
    })
  })
})

describe('positions', () => {
  it('lead to the first event that was stored at a time or later', async () => {
    const times = [0, 0, 5, 5, 9]
    for (const minutes of times) await storeBatches([events(2)], NOON_MS + minutes * 60_000)
    const numbers = await Promise.all(
      [-1, 0, 1, 5, 6, 9, 10].map(
        async (minutes) => (await arrivalAt(store, NOON_MS + minutes * 60_000)).number,
      ),
    )
    expect(numbers).toEqual([0, 0, 4, 4, 8, 8, 10])
  })

  it('follow a clock that goes back: times of segments never decrease', async () => {
    await storeBatches([events(2)], NOON_MS + 60_000)
    await storeBatches([events(2)], NOON_MS)
    expect((await arrivalAt(store, NOON_MS + 60_000)).number).toBe(0)
    expect((await arrivalAt(store, NOON_MS + 60_001)).number).toBe(4)
  })

  it('lead to the first event also in a time that the clock has gone back over', async () => {
    for (const seconds of [60, 0, 70]) await storeBatches([events(2)], NOON_MS + seconds * 1_000)
    expect((await arrivalAt(store, NOON_MS + 30_000)).number).toBe(0)
  })

  it.each([null, ['shop']])('survive as a cursor, for sources %o', async (sources) => {
    const scoped = scopedTo(store, { sources, personal: true })
    const cursor = await toArrivalCursor(scoped, { segment: 12, done: 3 })
    expect(await fromArrivalCursor(scoped, cursor)).toEqual({ segment: 12, done: 3 })
    expect(isArrivalPlace(cursor)).toBe(true)
  })

  it('tell whoever sees some sources nothing of how much the others store', async () => {
    const scoped = scopedTo(store, { sources: ['shop'], personal: true })
    const cursors = await Promise.all(
      [1, 1, 1_000_000].map((segment) => toArrivalCursor(scoped, { segment, done: 3 })),
    )
    expect(new Set(cursors).size).toBe(3)
    expect(new Set(cursors.map(({ length }) => length)).size).toBe(1)
    // Nor can they ask for a place of their own choice.
    await expect(
      fromArrivalCursor(scoped, await toArrivalCursor(store, { segment: 12, done: 3 })),
    ).rejects.toThrow('does not open')
  })

  it('move back to the end of a store that was restored to an earlier time', async () => {
    await storeBatches([events(3)])
    const end = await arrivalEnd(store)
    const ahead = { segment: end.segment + 5, done: 1, number: 40 }
    expect((await readArrivals(store, { after: ahead, events: 10 })).next).toEqual(end)
  })

  it.each(['', 'x', '1.2', toBase64Url(utf8('a.-1.0')), 'A'.repeat(120)])('refuse %j', async (text) => {
    expect(isArrivalPlace(text)).toBe(false)
    await expect(fromArrivalCursor(store, text)).rejects.toThrow('malformed')
  })
})

describe('removed segments', () => {
  it('are counted once by a reader that had not read them, wherever it stands', async () => {
    for (let i = 0; i < 6; i++) await storeBatches([events(10)])
    const all = (await readAll(ARRIVAL_START, 1_000)).ids
    const halfway = await readArrivals(store, { after: ARRIVAL_START, events: 13 })
    const end = await arrivalEnd(store)
    await remove(0, end.segment - 1)
    const { ids, missed } = await readAll(halfway.next, 4)
    expect(13 + missed + ids.length).toBe(all.length)
    expect(ids).toEqual(all.slice(-ids.length))
    expect(await oldestArrival(store)).toMatchObject({ segment: end.segment, done: 0 })
  })

  it('are counted where the end of a span is among them', async () => {
    await storeBatches([events(10)])
    const until = await arrivalEnd(store)
    await storeBatches([events(10)])
    await remove(0, until.segment)
    expect(await readAll(ARRIVAL_START, 4, { until })).toEqual({ ids: [], missed: 10, end: until })
  })
})

describe('references', () => {
  it('lead to the events that are still stored', async () => {
    await storeBatches([events(5), events(1)])
    const { arrivals } = await readArrivals(store, { after: ARRIVAL_START, events: 10 })
    const wanted: EventReference[] = [
      ...arrivals.slice(1, 3),
      { segment: 999, index: 0 },
      { segment: 1, index: 999 },
    ]
    const found = await readEventsAt(store, wanted)
    expect(found.map(({ row }) => row.event_id).toSorted()).toEqual(
      arrivals
        .slice(1, 3)
        .map(({ row }) => row.event_id)
        .toSorted(),
    )
  })
})

/** Steps that can happen between two pages of a reader. */
const step = fc.oneof(
  fc.record({
    do: fc.constant('store' as const),
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ do: fc.constant('read' as const), size: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ do: fc.constant('crash' as const) }),
  fc.record({ do: fc.constant('remove' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
)

describe('over random schedules', () => {
  it('every event is read or counted as missed, and none is skipped', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        store = await emptyStore()
        const committed = new Set<string>()
        const read = new Set<string>()
        let saved: ArrivalPosition = ARRIVAL_START
        let unsaved: ArrivalPosition = saved
        let missed = 0
        const readOne = async (size: number) => {
          const page = await readArrivals(store, { after: unsaved, events: size })
          for (const { row } of page.arrivals) read.add(row.event_id)
          return page
        }
        for (const one of steps) {
          if (one.do === 'store') {
            // Consumers at once: D1 decides the order of their transactions.
            await Promise.all(
              one.sizes.map(async (size) => {
                const batch = events(size)
                await storeBatches([batch])
                for (const { id } of batch) committed.add(id)
              }),
            )
          } else if (one.do === 'read') {
            const page = await readOne(one.size)
            unsaved = page.next
            saved = unsaved
            missed += missedIn(page)
          } else if (one.do === 'crash') {
            // It read a page and died before it saved its position.
            await readOne(7)
            unsaved = saved
          } else {
            const end = await arrivalEnd(store)
            await remove(0, Math.floor(end.segment * one.share))
          }
        }
        for (;;) {
          const page = await readOne(50)
          unsaved = page.next
          missed += missedIn(page)
          if (page.isLast) break
        }
        const unread = [...committed].filter((id) => !read.has(id))
        // An event that a crashed reader had read before it was removed is both read and missed.
        expect(unread.length).toBeLessThanOrEqual(missed)
        if (!steps.some((one) => one.do === 'crash')) expect(unread.length).toBe(missed)
        if (!steps.some((one) => one.do === 'remove')) expect(missed).toBe(0)
        expect((await arrivalEnd(store)).number).toBe(committed.size)
      }),
      { numRuns: thorough(25, 8) },
    )
  })
})

describe('events that were blanked', () => {
  const blanking = {
    upTo: Number.MAX_SAFE_INTEGER,
    keep: [],
    segments: 100,
    types: ['email.opened'] as const,
  }

  /** Every third is opened, with the fingerprint that blanking looks for. */
  const mixed = (count: number): EventToStore[] =>
    events(count).map((event, i) =>
      i % 3 === 0
        ? {
            ...event,
            values: event.values.with(2, 'email.opened'),
            filterFingerprints: filterFingerprintsOf('shop', 'email.opened'),
          }
        : event,
    )

  it.each([1, 2, 7, 100])('are missed, each once, in pages of %i; the others are read', async (size) => {
    const stored = mixed(30)
    await storeBatches([stored.slice(0, 11), stored.slice(11)])
    expect(await blankEvents(store, blanking, NOON_MS)).toMatchObject({ events: 10 })
    const { ids, missed } = await readAll(ARRIVAL_START, size)
    const kept = stored.filter((_event, i) => i % 3 !== 0).map(({ id }) => id)
    expect([ids.toSorted(), missed]).toEqual([kept.toSorted(), 10])
    const sent = await readAll(ARRIVAL_START, size, { types: ['email.sent'], sources: ['shop'] })
    expect([sent.ids.length, sent.missed]).toEqual([20, 10])
  })

  it('are not read again for a retry', async () => {
    await storeBatches([mixed(6)])
    const { arrivals } = await readArrivals(store, { after: ARRIVAL_START, events: 10 })
    await blankEvents(store, blanking, NOON_MS)
    expect(await readEventsAt(store, arrivals)).toHaveLength(4)
  })

  it('are in no list', async () => {
    await storeBatches([mixed(9).map((event) => ({ ...event, values: event.values.with(5, event.atMs) }))])
    await blankEvents(store, blanking, NOON_MS)
    const list = (query: object) => listEventRows(store, { limit: 20, ...query }, NOON_MS + HOUR_MS)
    expect([(await list({})).length, (await list({ source: 'shop' })).length]).toEqual([6, 6])
    expect(await list({ types: ['email.opened'] })).toEqual([])
  })
})
