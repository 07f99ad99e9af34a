/** Promises of the detector for any series, and its findings in plain ones. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Detector, type RowScore } from '../../../src/watch/detector/detector.ts'
import { EXPERTS, type FeatureName } from '../../../src/watch/detector/experts.ts'
import { decodeParts, encodeParts } from '../../../src/watch/detector/state.ts'
import { DAY_ROWS, type Point, changed, dailyWave, randomBySeed } from './series.ts'

const scoreAll = (points: readonly Point[], detector = new Detector()): RowScore[] =>
  points.map(({ timeMs, value }) => detector.score(timeMs, value))

/** The detector as it is after it was stored and read again. */
function stored({ parts }: Detector): Detector {
  const detector = new Detector()
  decodeParts(encodeParts(parts), detector.parts)
  return detector
}

const DAY_MS = 86_400_000

/** Values and times that nobody expects: not finite, far too large, repeated, backward. */
const hostilePoint = fc.record({
  timeMs: fc.oneof(
    fc.double(),
    fc.integer({ min: 0, max: 3 }).map((days) => days * DAY_MS),
  ),
  value: fc.oneof(fc.double(), fc.integer({ min: -2, max: 2 }), fc.constantFrom(1e308, -1e308, 5e-324, -0)),
})
const hostileSeries = fc.array(hostilePoint, { maxLength: 400, size: 'max' })

describe('any series', () => {
  it('gets scores from 0 to 1, each with shares that add up to 1', () => {
    fc.assert(
      fc.property(hostileSeries, (points) => {
        for (const { score, features } of scoreAll(points)) {
          expect(score >= 0 && score <= 1).toBe(true)
          expect(features.length > 0).toBe(score > 0)
          const shares = features.map(({ share }) => share)
          expect(shares).toEqual(shares.toSorted((a, b) => b - a))
          if (score > 0) expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('leaves a memory of the same size', () => {
    const size = encodeParts(new Detector().parts).length
    expect(size).toBeLessThanOrEqual(8 * 1024)
    fc.assert(
      fc.property(hostileSeries, (points) => {
        const detector = new Detector()
        scoreAll(points, detector)
        expect(encodeParts(detector.parts)).toHaveLength(size)
      }),
      { numRuns: 30 },
    )
  })

  it('gets the same scores if the detector is stored and restored on the way', () => {
    fc.assert(
      fc.property(hostileSeries, fc.nat(400), (points, cut) => {
        const first = new Detector()
        const before = scoreAll(points.slice(0, cut), first)
        const after = scoreAll(points.slice(cut), stored(first))
        expect([...before, ...after]).toEqual(scoreAll(points))
      }),
      { numRuns: 50 },
    )
  })

  it('is not looked at before its time: what follows changes no score', () => {
    const points = changed(dailyWave(3 * DAY_ROWS), 700, 720, () => 500)
    expect(scoreAll(points.slice(0, 650))).toEqual(scoreAll(points).slice(0, 650))
  })
})

describe('a long series', () => {
  const points = changed(dailyWave(10 * DAY_ROWS), 2_000, 2_010, (value) => value + 60)

  it.each([1, 149, 1_234, 2_005, 2_879])('can be cut before row %i', (cut) => {
    const first = new Detector()
    const before = scoreAll(points.slice(0, cut), first)
    const after = scoreAll(points.slice(cut), stored(first))
    expect([...before, ...after]).toEqual(scoreAll(points))
  })

  it.each<[string, (point: Point) => Point]>([
    ['four times the values', ({ timeMs, value }) => ({ timeMs, value: 4 * value })],
    ['a quarter of the values', ({ timeMs, value }) => ({ timeMs, value: value / 4 })],
    ['a clock three weeks later', ({ timeMs, value }) => ({ timeMs: timeMs + 21 * DAY_MS, value })],
    ['a clock before 1970', ({ timeMs, value }) => ({ timeMs: timeMs - 3_000 * 7 * DAY_MS, value })],
  ])('scores the same with %s', (_, disguise) => {
    expect(scoreAll(points.map(disguise))).toEqual(scoreAll(points))
  })

  it('scores the same with rows that have no value in between', () => {
    const detector = new Detector()
    const scores = points.map(({ timeMs, value }) => {
      for (const none of [Number.NaN, Infinity, -Infinity])
        expect(detector.score(timeMs, none)).toEqual({ score: 0, features: [] })
      return detector.score(timeMs, value)
    })
    expect(scores).toEqual(scoreAll(points))
  })
})

/** Changes from this row on, each with a feature that shows it. All else is a wave by day with noise. */
const FROM = 3_000
/** Uniform in [0, 1), the same for a row on every run. */
const noise = (row: number): number => randomBySeed(row * 2_654_435_761)()
const CHANGES: readonly [string, FeatureName, number, (value: number, row: number) => number][] = [
  ['a value far above all', 'range', 1, () => 120],
  ['a value far below all', 'range', 1, () => -30],
  ['a slow creep', 'range_of_long_mean', 250, (value, row) => value + 0.1 * (row - FROM)],
  ['what is usual by night comes by day', 'hour_of_day', 60, (_, row) => 40 + noise(row)],
  ['a jump between usual values', 'forecast', 1, (value) => (value > 50 ? 41 : 59)],
  ['a restless value', 'range_of_step', 60, (value, row) => value + (row % 2 === 0 ? 3 : -3)],
  ['a value that stands still', 'calm', 60, () => 50],
]

describe('a change', () => {
  const usual = dailyWave(12 * DAY_ROWS)

  it.each(CHANGES)('%s is found, and %s says so', (_, feature, rows, change) => {
    const findings = scoreAll(changed(usual, FROM, FROM + rows, change)).slice(FROM, FROM + rows + 10)
    const best = findings.reduce((a, b) => (b.score > a.score ? b : a))
    expect(best.score).toBeGreaterThan(0.5)
    expect(findings.flatMap(({ features }) => features.map((one) => one.feature))).toContain(feature)
  })

  it('has all features among them', () => {
    const features = CHANGES.flatMap(([, , rows, change]) =>
      scoreAll(changed(usual, FROM, FROM + rows, change)).flatMap((finding) => finding.features),
    )
    expect(new Set(features.map(({ feature }) => feature))).toEqual(
      new Set(EXPERTS.map(({ feature }) => feature)),
    )
  })

  it('is no longer one when it has lasted', () => {
    const shifted = scoreAll(changed(usual, FROM, usual.length, (value) => value + 100))
    expect(Math.max(...shifted.slice(FROM, FROM + 20).map(({ score }) => score))).toBeGreaterThan(0.7)
    expect(Math.max(...shifted.slice(-100).map(({ score }) => score))).toBeLessThan(0.5)
  })

  it('says little in a series that has always had a trend', () => {
    const random = randomBySeed(8)
    let value = 0
    const walk = changed(usual, 0, usual.length, () => (value += random() - 0.45))
    expect(scoreAll(walk).filter(({ score }) => score >= 0.5).length).toBeLessThan(25)
  })

  it('is seldom seen where there is none', () => {
    const calls = scoreAll(usual)
      .slice(2 * DAY_ROWS)
      .filter(({ score }) => score >= 0.5)
    expect(calls.length).toBeLessThan(10)
  })

  it.each([
    ['flat', () => 45],
    ['a square wave', (_: number, row: number) => (row % DAY_ROWS < 100 ? 20 : 80)],
  ])('is never seen in a series that is %s', (_, shape) => {
    const points = changed(usual, 0, usual.length, shape)
    expect(
      scoreAll(points)
        .slice(2 * DAY_ROWS)
        .filter(({ score }) => score >= 0.5),
    ).toEqual([])
  })
})
