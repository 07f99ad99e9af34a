import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { timePrefix } from '../../src/event/identity.ts'
import {
  BUCKET_DIGITS,
  BUCKET_MAX_SEGMENTS,
  SEGMENT_MAX_EVENTS,
  insertEvents,
} from '../../src/store/segments.ts'
import { removeSegments } from '../../src/store/removal.ts'
import type { EventToStore } from '../../src/store/stored-event.ts'
import { storeBatches } from '../support/segments.ts'
import { DAY_MS, HOUR_MS, NOON_MS } from '../support/mail-events.ts'
import { emptyStore, rowsOf, storedEvents } from '../support/store.ts'

beforeEach(async () => {
  await emptyStore()
})

/** Numbers differ in the first digits of the hash already. */
const idOf = (atMs: number, hash: number | string): string => {
  const digits =
    typeof hash === 'string' ? hash : hash.toString(16).padStart(4, '0').split('').toReversed().join('')
  return timePrefix(atMs) + digits.padEnd(32, '5')
}

const event = (id: string, atMs = parseInt(id.slice(0, 12), 16)): EventToStore => ({
  id,
  atMs,
  subjectFingerprints: [],
  filterFingerprints: [],
  values: ['shop', 'generic', 'email.sent', 'sent', null, null, atMs, atMs],
})

const alone = (events: readonly EventToStore[]) => events.map((one) => [one])
const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0)

/** Number of segments by their number of digits. */
const byDigits = async () =>
  Object.fromEntries(
    (await rowsOf('SELECT digits, count(*) AS n FROM segments GROUP BY digits')).map(({ digits, n }) => [
      digits,
      n,
    ]),
  )

describe('an event', () => {
  it('is stored once, alone, in one batch, in others, and beside new ones', async () => {
    const [a, b, c] = [1, 2, 3].map((nr) => event(idOf(NOON_MS + nr, nr)))
    if (a === undefined || b === undefined || c === undefined) throw new Error('three')
    expect(await storeBatches([[a], [a], [a, b], [c, b, a], [b], [c, a]])).toEqual([1, 0, 1, 1, 0, 0])
    expect(await storedEvents()).toBe(3)
  })

  it('is another event if the hash is the same and the time is not', async () => {
    expect(await storeBatches([[event(idOf(NOON_MS, 7))], [event(idOf(NOON_MS + 1, 7))]])).toEqual([1, 1])
  })

  it(
    'is found in a narrow bucket after old segments of the wide one were removed',
    { timeout: 60_000 },
    async () => {
      const events = Array.from({ length: BUCKET_MAX_SEGMENTS + 40 }, (_, nr) =>
        event(idOf(NOON_MS + nr * 100, nr)),
      )
      expect(sum(await storeBatches(alone(events)))).toBe(events.length)
      expect(await byDigits()).toEqual({ 6: BUCKET_MAX_SEGMENTS, 7: 40 })
      const removal = { upTo: 10, keep: [], segments: 10 }
      expect(await removeSegments({ db: env.STORE }, removal, NOON_MS + DAY_MS)).toMatchObject({
        segments: 10,
      })
      expect(sum(await storeBatches(alone(events.slice(10))))).toBe(0)
      // Also if the segments of a whole level between are gone.
      await env.STORE.prepare('DELETE FROM segments WHERE digits = 6').run()
      expect(sum(await storeBatches(alone(events.slice(-40))))).toBe(0)
    },
  )

  it('is found in its bucket, while the buckets on its path fill up', { timeout: 60_000 }, async () => {
    // All have the same millisecond and the same two digits of hash: only the whole ids differ.
    const crowd = Array.from({ length: BUCKET_MAX_SEGMENTS * BUCKET_DIGITS.length }, (_, nr) =>
      event(idOf(NOON_MS, `77${nr.toString(16).padStart(4, '0')}`)),
    )
    expect(sum(await storeBatches(alone(crowd)))).toBe(crowd.length)
    expect(await byDigits()).toEqual(
      Object.fromEntries(BUCKET_DIGITS.map((digits) => [digits, BUCKET_MAX_SEGMENTS])),
    )
    expect(sum(await storeBatches(alone(crowd)))).toBe(0)
    expect(sum(await storeBatches([crowd]))).toBe(0)
    expect(await storeBatches([[event(idOf(NOON_MS, '771234'))]])).toEqual([1])
  })

  it('without a time is recognized by its hash, whenever it is received', async () => {
    const untimed = Array.from({ length: 300 }, (_, nr) => event(idOf(0, nr + 1), NOON_MS + nr * HOUR_MS))
    expect(sum(await storeBatches(alone(untimed)))).toBe(300)
    expect(sum(await storeBatches([untimed.map(({ id }) => event(id, NOON_MS + DAY_MS))]))).toBe(0)
    // Events of one segment were received within an hour, so that a scan by time reads few segments.
    const [widest] = await rowsOf('SELECT max(last_ms - first_ms) AS ms FROM segments')
    expect(widest?.['ms']).toBeLessThan(HOUR_MS)
    expect(Object.keys(await byDigits()).map(Number)).toEqual([12, 13])
  })

  it('is stored once in any schedule of batches', { timeout: 60_000 }, async () => {
    // Close and distant times, equal hashes, ids without a time. Most events are alone, so that buckets fill.
    const any = fc.record({
      atMs: fc.oneof(
        fc.constant(0),
        fc.constant(NOON_MS),
        fc.integer({ min: NOON_MS, max: NOON_MS + 300 }),
        fc.integer({ min: NOON_MS - DAY_MS, max: NOON_MS }),
      ),
      hash: fc.integer({ min: 1, max: 400 }),
    })
    const batches = fc.array(
      fc.oneof({ weight: 9, arbitrary: any.map((one) => [one]) }, fc.array(any, { maxLength: 9 })),
      { minLength: 150, maxLength: 300, size: 'max' },
    )
    const nearlyFull = [NOON_MS - HOUR_MS / 2, 0].flatMap((atMs) =>
      alone(Array.from({ length: BUCKET_MAX_SEGMENTS - 20 }, (_, nr) => event(idOf(atMs, 1_000 + nr)))),
    )
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        await emptyStore()
        await storeBatches(nearlyFull)
        const ids = given.map((batch) => [...new Set(batch.map(({ atMs, hash }) => idOf(atMs, hash)))])
        const seen = new Set<string>()
        const expected = ids.map((batch) => {
          const fresh = batch.filter((id) => !seen.has(id))
          fresh.forEach((id) => seen.add(id))
          return fresh.length
        })
        expect(await storeBatches(ids.map((batch) => batch.map((id) => event(id))))).toEqual(expected)
        expect(await storedEvents()).toBe(nearlyFull.length + seen.size)
      }),
      { numRuns: 6 },
    )
  })
})

describe('a batch', () => {
  it('is stored in as few segments as possible, whatever its times', async () => {
    const spread = (count: number, spanMs: number) =>
      Array.from({ length: count }, (_, nr) => event(idOf(NOON_MS - Math.floor((nr * spanMs) / count), nr)))
    await storeBatches([spread(SEGMENT_MAX_EVENTS, HOUR_MS)])
    expect((await rowsOf('SELECT count(*) AS n FROM segments'))[0]).toEqual({ n: 1 })
    await emptyStore()
    await storeBatches([spread(100, DAY_MS)])
    // Six digits are 4.7 hours.
    expect(Number((await rowsOf('SELECT count(*) AS n FROM segments'))[0]?.['n'])).toBeLessThanOrEqual(7)
  })

  it('reads the same few rows with a thousand segments as with six thousand', async () => {
    let nr = 0
    const next = () => event(idOf(NOON_MS + nr * 500, nr++))
    const rowsRead = async () => {
      const statements = insertEvents(env.STORE, Array.from({ length: 20 }, next), 1e9 + nr, NOON_MS)
      const [result] = await env.STORE.batch(statements)
      return result?.meta.rows_read ?? Infinity
    }
    await storeBatches(alone(Array.from({ length: 1_000 }, next)))
    const few = await rowsRead()
    await storeBatches(alone(Array.from({ length: 5_000 }, next)))
    const many = await rowsRead()
    expect(few).toBeLessThan(3_000)
    expect(many).toBeLessThan(few + 500)
  })
})
