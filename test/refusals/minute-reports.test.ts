import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MinuteReports } from '../../src/refusals/minute-reports.ts'
import type { Arrived, RefusalReport } from '../../src/refusals/refusal.ts'
import { inObject } from '../support/objects.ts'

const MINUTE = 30_000_000
const AT_MS = MINUTE * 60_000

const inStorage = <T>(work: (storage: DurableObjectStorage) => T): Promise<T> =>
  inObject(({ storage }) => work(storage))

const refused = (count: number, change = {}) => ({
  minute: MINUTE,
  class: 'unverified' as const,
  source: 'shop',
  code: 'signature_mismatch',
  network: '192.0.2.0/24',
  asn: 64_496,
  count,
  ...change,
})
const report = (counts: RefusalReport['counts'], copies = 0): RefusalReport => ({
  counts,
  latest: [],
  ...(copies > 0 && { duplicates: [{ source: 'shop', count: copies }] }),
})
const sumOf = ({ refused, duplicates }: Arrived): number =>
  [...refused, ...duplicates].reduce((sum, { count }) => sum + count, 0)

describe('what was reported in a minute', () => {
  it('is added up by the time at which it came, whatever minute it is of', () =>
    inStorage((storage) => {
      const arrived = new MinuteReports(storage)
      arrived.add(report([refused(1), refused(2, { minute: MINUTE - 90 })], 3), AT_MS)
      arrived.add(report([refused(4)], 5), AT_MS + 59_000)
      expect(arrived.of(MINUTE, AT_MS + 61_000)).toEqual({
        refused: [refused(7)],
        duplicates: [{ source: 'shop', count: 8 }],
      })
      expect(sumOf(arrived.of(MINUTE - 90, AT_MS))).toBe(0)
    }))

  it('adds up what was observed by network, and all networks past a bound as one', () =>
    inStorage((storage) => {
      const arrived = new MinuteReports(storage)
      const observed = Array.from({ length: 250 }, (_, i) => ({ source: 'shop', network: `n${i}`, count: 1 }))
      for (const half of [observed, observed]) arrived.add({ ...report([]), observed: half }, AT_MS)
      const counts = arrived.of(MINUTE, AT_MS).observed ?? []
      expect(counts).toHaveLength(201)
      expect(counts[0]).toEqual({ source: 'shop', network: 'n0', count: 2 })
      expect(counts.at(-1)).toEqual({ source: 'shop', network: 'other', count: 100 })
    }))

  it('names each of two thousand sources that are attacked at once, and counts the rest for none', () =>
    inStorage((storage) => {
      const arrived = new MinuteReports(storage)
      const ofMany = (from: number) =>
        Array.from({ length: 400 }, (_, i) => refused(1, { source: `source-${from + i}` }))
      for (let from = 0; from < 4_000; from += 400) arrived.add(report(ofMany(from)), AT_MS)
      const { refused: counts } = arrived.of(MINUTE, AT_MS)
      const named = new Set(counts.map(({ source }) => source))
      expect(named.size).toBeGreaterThanOrEqual(2_000)
      expect(named.size).toBeLessThan(2_300)
      expect(sumOf({ refused: counts, duplicates: [] })).toBe(4_000)
    }))

  it.each<[string, RefusalReport, number]>([
    ['a refusal of a source', report([refused(1)]), 1],
    ['a copy', report([], 1), 1],
    ['a refusal at a name that does not exist', report([refused(1, { source: null })]), 0],
    ['nothing', report([]), 0],
  ])('holds a row for %s or not', (_what, one, rows) =>
    inStorage((storage) => {
      new MinuteReports(storage).add(one, AT_MS)
      expect(storage.sql.exec('SELECT * FROM arrived').toArray()).toHaveLength(rows)
    }),
  )

  it('does not change once it was read, though the clock of the object is behind', () =>
    inStorage((storage) => {
      const arrived = new MinuteReports(storage)
      arrived.add(report([refused(1)]), AT_MS + 59_990)
      expect(sumOf(arrived.of(MINUTE, AT_MS + 59_991))).toBe(1)
      arrived.add(report([refused(2)]), AT_MS + 59_992)
      expect(sumOf(arrived.of(MINUTE, AT_MS + 60_001))).toBe(1)
      expect(sumOf(arrived.of(MINUTE + 1, AT_MS + 120_000))).toBe(2)
    }))

  it('goes on with the right minutes after a clock was hours ahead, and after a reader asked about the far future', () =>
    inStorage((storage) => {
      const arrived = new MinuteReports(storage)
      arrived.add(report([refused(1)]), AT_MS + 5 * 3_600_000)
      arrived.of(MINUTE + 900, AT_MS)
      arrived.add(report([refused(2)]), AT_MS)
      expect(sumOf(arrived.of(MINUTE, AT_MS + 60_000))).toBe(2)
    }))

  it('is in exactly one minute, for any schedule of reports, restarts and repeated reads', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            afterMs: fc.integer({ min: -2_000, max: 70_000 }),
            count: fc.integer({ min: 1, max: 9 }),
            lateMinutes: fc.integer({ min: 0, max: 300 }),
            restarts: fc.boolean(),
            reads: fc.boolean(),
          }),
          { maxLength: 30 },
        ),
        (steps) =>
          inStorage((storage) => {
            let arrived = new MinuteReports(storage)
            let nowMs = AT_MS
            let next = MINUTE
            let told = 0
            let sum = 0
            const readUntil = (minute: number) => {
              for (; next < minute; next++) {
                const once = arrived.of(next, nowMs)
                expect(arrived.of(next, nowMs)).toEqual(once)
                sum += sumOf(once)
              }
            }
            for (const { afterMs, count, lateMinutes, restarts, reads } of steps) {
              nowMs = Math.max(AT_MS, nowMs + afterMs)
              arrived.add(report([refused(count, { minute: MINUTE - lateMinutes })], count), nowMs)
              told += 2 * count
              if (reads) readUntil(Math.floor(nowMs / 60_000))
              // A restart takes longer than clocks differ.
              if (restarts) {
                nowMs += 3_000
                arrived = new MinuteReports(storage)
              }
            }
            nowMs += 180_000
            readUntil(Math.floor(nowMs / 60_000))
            expect(sum).toBe(told)
          }),
      ),
      { numRuns: 30 },
    ))

  it('outlives an eviction', async () => {
    const watch = env.REFUSALS.getByName('outlives')
    await watch.report(report([refused(1)], 2))
    await evictDurableObject(watch)
    const minutes = await runInDurableObject(watch, (_, { storage }) =>
      storage.sql.exec<{ minute: number }>('SELECT minute FROM arrived').toArray(),
    )
    expect(minutes).toHaveLength(1)
    expect(sumOf(await watch.arrived(minutes[0]?.minute ?? 0))).toBe(3)
  })
})
