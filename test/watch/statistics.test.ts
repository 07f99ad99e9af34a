import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newBudget, passMinute, spend } from '../../src/watch/statistics/budget.ts'
import { dueInHour, learnHour, newRhythm } from '../../src/watch/statistics/rhythm.ts'
import { add, advance, binAt, newRing, onsetMinute, sumOf } from '../../src/watch/statistics/ring.ts'
import { surpriseOfMany, surpriseOfShare } from '../../src/watch/statistics/surprise.ts'

describe('a ring', () => {
  const filled = (minutes: readonly number[]) => {
    const ring = newRing(5, 6)
    for (const minute of minutes) {
      advance(ring, minute)
      add(ring, 1)
    }
    return ring
  }
  it.each<[string, readonly number[], number, number]>([
    ['counts a minute', [100], 5, 1],
    ['counts bins of five minutes', [100, 104, 105], 5, 1],
    ['counts several bins', [100, 104, 105], 10, 3],
    ['forgets what is older than it is long', [100, 130], 30, 1],
    ['keeps what is as old', [100, 129], 30, 2],
    ['forgets all after a jump ahead', [100, 100_000], 30, 1],
    ['forgets all after a jump back', [100, 50], 30, 1],
  ])('%s', (_, minutes, window, sum) => expect(sumOf(filled(minutes), window)).toBe(sum))

  it('shows what leaves it', () => {
    const ring = filled([100, 101, 107])
    const left: number[] = []
    advance(ring, 135, (count) => left.push(count))
    expect(left).toEqual([0, 0, 0, 0, 2, 1])
  })

  it('leaves out the newest minutes', () => expect(sumOf(filled([100, 105, 110]), 10, 5)).toBe(2))

  it.each([0, 12, 27, 103, 124])('adds up its bins, whatever minute it has come to: %d', (minute) => {
    const ring = filled([minute - 12, minute - 12, minute - 4, minute].filter((one) => one >= 0))
    for (let skipped = 0; skipped <= 7; skipped += 1)
      for (let bins = 0; bins <= 8; bins += 1) {
        const ages = Array.from({ length: bins }, (_, i) => skipped + i)
        const sum = ages.reduce((sofar, age) => sofar + binAt(ring, age), 0)
        expect(sumOf(ring, bins * 5, skipped * 5)).toBe(sum)
      }
  })

  it('says since when an excess has grown', () => {
    const ring = filled([100, 105, 110, 115, 115, 115, 120, 120])
    expect(onsetMinute(ring, 30, (age) => binAt(ring, age) - 1.5)).toBe(115)
  })
})

describe('a surprise', () => {
  it.each([
    [5, 10, 3, 0],
    [10, 10, 3, 0],
    [40, 10, 3, 4],
    [40, 10, 1000, 24.9],
  ])('of %d events where %d are due, spread %d, is %d nats', (count, mean, spread, nats) => {
    expect(surpriseOfMany(count, mean, spread)).toBeCloseTo(nats, 0)
  })

  it.each([
    [2, 100, 0.02, 0, 0],
    [20, 100, 0.02, 0, 29.8],
    [20, 100, 0.02, 0.05, 5.0],
    [5, 5, 0.02, 0, 19.6],
    [1, 0, 0.02, 0, 0],
  ])('of %d in %d where %d is usual, correlation %d, is %d nats', (hits, trials, mean, correlation, nats) => {
    expect(surpriseOfShare(hits, trials, mean, correlation)).toBeCloseTo(nats, 0)
  })

  it('is never negative and never NaN', () => {
    const positive = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(positive, positive, positive, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, k, p) => {
        expect(surpriseOfMany(a, b, k + 0.1)).toBeGreaterThanOrEqual(0)
        expect(surpriseOfShare(Math.min(a, b), b, p, p)).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('a budget', () => {
  it('allows one alarm in two weeks in the long run, whatever comes', () => {
    const budget = newBudget()
    let alarms = 0
    for (let minute = 0; minute < 52 * 10_080; minute += 1) {
      passMinute(budget)
      // A stream that always exceeds a threshold of four by two nats.
      if (budget.raised > 2) continue
      spend(budget)
      alarms += 1
    }
    expect(alarms).toBeGreaterThanOrEqual(26)
    expect(alarms).toBeLessThanOrEqual(28)
  })
})

describe('a rhythm', () => {
  /** Busy by day, quiet at night; half as much at the weekend. */
  const usual = (hour: number): number =>
    (hour % 24 >= 8 && hour % 24 < 20 ? 100 : 10) * (hour % 168 >= 120 ? 0.5 : 1)
  const learned = (weeks: number, eventsOf = usual) => {
    const rhythm = newRhythm()
    for (let hour = 0; hour < weeks * 168; hour += 1) learnHour(rhythm, hour, eventsOf(hour))
    return rhythm
  }
  it.each([
    ['a busy hour', 12, 100],
    ['a quiet hour', 3, 10],
    ['a busy hour of the weekend', 132, 50],
  ])('knows %s after three weeks', (_, hour, events) => {
    const due = dueInHour(learned(3), 3 * 168 + hour)
    expect(due).toBeGreaterThan(0.7 * events)
    expect(due).toBeLessThan(1.4 * events)
  })

  it('knows the hours of the day after three days', () => {
    const rhythm = learned(3 / 7)
    expect(dueInHour(rhythm, 84)).toBeGreaterThan(2 * dueInHour(rhythm, 75))
  })

  it('is hardly changed by one campaign', () => {
    const rhythm = learned(3)
    const before = dueInHour(rhythm, 4 * 168 + 12)
    learnHour(rhythm, 3 * 168 + 12, 10_000)
    expect(dueInHour(rhythm, 4 * 168 + 12) / before).toBeLessThan(1.6)
  })

  it('follows a lasting step within a week', () => {
    const rhythm = learned(3)
    for (let hour = 3 * 168; hour < 4 * 168; hour += 1) learnHour(rhythm, hour, 2 * usual(hour))
    expect(dueInHour(rhythm, 4 * 168 + 12)).toBeGreaterThan(160)
  })

  it('expects nothing before it has learned', () => expect(dueInHour(newRhythm(), 5)).toBe(0))
})
