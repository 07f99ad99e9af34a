import { describe, expect, it } from 'vitest'
import { doubled, jittered } from '../../src/platform/back-off.ts'

describe('a wait', () => {
  it.each([
    [0, 5],
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 30],
    [10_000, 30],
  ])('after %i failures is %i', (failures, wait) => {
    expect(doubled(5, 30, failures)).toBe(wait)
  })

  it.each([
    [0, 80],
    [0.5, 100],
    [1, 120],
  ])('is at most a fifth shorter or longer: chance %d', (random, wait) => {
    expect(jittered(100, random)).toBeCloseTo(wait)
  })
})
