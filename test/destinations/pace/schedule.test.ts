import { describe, expect, it } from 'vitest'
import { TRIES_MAX, nextTryMs } from '../../../src/destinations/pace/schedule.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** In the middle of the jitter. */
const MIDDLE = 0.5

describe('the wait before the next try', () => {
  it.each([
    [1, 5 * SECOND],
    [2, 5 * MINUTE],
    [3, 30 * MINUTE],
    [4, 2 * HOUR],
    [5, 5 * HOUR],
    [6, 10 * HOUR],
    [7, 14 * HOUR],
    [8, 20 * HOUR],
    [9, 24 * HOUR],
    [10, undefined],
    [11, undefined],
  ])('after %i tries is %s ms', (tries, waitMs) => {
    expect(nextTryMs(tries, null, MIDDLE)).toBe(waitMs)
  })

  it('ends after ten tries and 75.6 hours', () => {
    const waits = Array.from({ length: TRIES_MAX - 1 }, (_, i) => nextTryMs(i + 1, null, MIDDLE) ?? 0)
    expect(waits).toHaveLength(9)
    expect(waits.reduce((sum, ms) => sum + ms, 0) / HOUR).toBeCloseTo(75.58, 1)
  })

  it.each([
    [0, 4 * SECOND],
    [0.999_999_999, 6 * SECOND],
  ])('is at most a fifth shorter or longer: chance %d', (random, waitMs) => {
    expect(nextTryMs(1, null, random)).toBe(waitMs)
  })

  it.each([
    [0, 5 * SECOND],
    [1, 5 * SECOND],
    [6, 6 * SECOND],
    [3_600, HOUR],
    [86_400, 24 * HOUR],
    [86_401, 24 * HOUR],
    [999_999_999, 24 * HOUR],
  ])('is lengthened by Retry-After of %i s to %i ms, and never shortened', (retryAfterSeconds, waitMs) => {
    expect(nextTryMs(1, retryAfterSeconds, MIDDLE)).toBe(waitMs)
  })

  it('is not begun again by Retry-After once the tries are used up', () => {
    expect(nextTryMs(TRIES_MAX, 60, MIDDLE)).toBeUndefined()
  })
})
