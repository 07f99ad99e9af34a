import { describe, expect, it } from 'vitest'
import { TailModel } from '../../../src/watch/detector/tail-model.ts'
import { randomBySeed } from './series.ts'

/** Pareto with index 1/3: one in 1,000 is above 10. */
const paretoBySeed = (seed: number): (() => number) => {
  const random = randomBySeed(seed)
  return () => (1 - random()) ** (-1 / 3)
}

const trained = (count: number, unit = 1): TailModel => {
  const model = new TailModel()
  const pareto = paretoBySeed(3)
  for (let i = 0; i < count; i++) model.surprise(unit * pareto())
  return model
}

describe('the tail model', () => {
  it.each([
    // The share above x is x^−3. Chance takes half of log10(10,000).
    [10, 3 - 2],
    [100, 6 - 2],
    [1e9, 8 - 2],
    [1, 0],
  ])('of 10,000 features finds %d surprising by about %d', (feature, surprise) => {
    expect(Math.abs(trained(10_000).surprise(feature) - surprise)).toBeLessThan(0.4)
  })

  it('has no unit', () => {
    for (const unit of [2 ** -40, 0.25, 4, 2 ** 60])
      expect(trained(1_000, unit).surprise(50 * unit)).toBe(trained(1_000).surprise(50))
  })

  it.each([0, -1, Number.NaN, -Infinity])('is not surprised by %d', (feature) => {
    expect(trained(1_000).surprise(feature)).toBe(0)
  })

  it.each([2 ** -1_074, 1e-18, 1, 1e18])('finds features usual that began at %d, however large', (first) => {
    const model = new TailModel()
    const surprises = Array.from({ length: 2_000 }, (_, i) =>
      model.surprise(i < 10 ? first : i % 20 === 0 ? 90 : 0.1),
    )
    expect(Math.max(...surprises.slice(300))).toBeLessThan(1)
    expect(model.surprise(1e30)).toBeGreaterThan(2)
  })

  it('knows nothing in the first 32 features', () => {
    expect(trained(31).surprise(1e6)).toBe(0)
    expect(trained(100).surprise(1e6)).toBeGreaterThan(3)
  })

  it('says as little of a long stream as of a short one', () => {
    const loud = (count: number): number => {
      const [model, pareto] = [new TailModel(), paretoBySeed(9)]
      return Array.from({ length: count }, () => model.surprise(pareto())).filter(
        (surprise) => surprise > 1.5,
      ).length
    }
    expect(loud(1_000)).toBeLessThanOrEqual(4)
    expect(loud(20_000)).toBeLessThanOrEqual(12)
  })

  it('survives a million features', () => {
    const model = trained(10_000)
    model.state.count = (1 << 20) - 1
    model.surprise(5)
    expect(model.state.count).toBe(1 << 19)
    expect(Number.isFinite(model.surprise(5))).toBe(true)
  })
})
