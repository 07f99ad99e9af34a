import { expect, it } from 'vitest'
import { costAtRest, costLine } from '../../../scripts/deploy/cost-at-rest.ts'

it.each([
  [0, 5],
  // 43,200 minutes of 22 calls, and 3 for each: 2.2 M and 13.9 M, of which a million is included, at $0.15 a million.
  [10, 5 + 1.2464 * 0.15],
  [100, 5 + 12.9104 * 0.15],
])('%d destinations that get nothing cost $%d a month', (destinations, dollars) => {
  expect(costAtRest(destinations)).toBeCloseTo(dollars, 6)
})

it('is said with numbers', () => {
  expect(costLine()).toMatch(/^\$5\.00 a month at rest: .* With 10 destinations \$5\.19, with 100 \$6\.94:/)
})
