import { describe, expect, it } from 'vitest'
import { SecondBudget } from '../../src/platform/second-budget.ts'

const NOW_MS = 1_800_000_000_000

describe('a budget for each second', () => {
  it.each<[string, number, boolean]>([
    ['at once', 0, false],
    ['at the end of the second', 999, false],
    ['a second later', 1_000, true],
    ['a minute later', 60_000, true],
    ['when the clock was set back', -1_000, true],
  ])('is used up by as many as it allows, and %s there is another: %s', (_when, afterMs, more) => {
    const budget = new SecondBudget(3, 10)
    const takes = Array.from({ length: 3 }, () => budget.take('a', NOW_MS))
    expect(takes).toEqual([true, true, true])
    expect(budget.take('a', NOW_MS + afterMs)).toBe(more)
  })

  it('does not grow after refused calls', () => {
    const budget = new SecondBudget(2, 10)
    const allowed = Array.from({ length: 4_000 }, (_, ms) => budget.take('a', NOW_MS + ms))
    expect(allowed.filter(Boolean)).toHaveLength(8)
  })

  it('is separate for each key', () => {
    const budget = new SecondBudget(1, 10)
    const takes = ['a', 'b', 'a', 'b'].map((key) => budget.take(key, NOW_MS))
    expect(takes).toEqual([true, true, false, false])
  })
})
