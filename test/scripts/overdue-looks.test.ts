import { expect, it } from 'vitest'
import { overdueLooks } from '../../scripts/overdue-looks.ts'
import { FRESHNESS } from '../../src/providers/freshness.ts'

const DAY_MS = 86_400_000
const days = Object.values(FRESHNESS).map(({ lookedOn }) => lookedOn)
const [oldest = ''] = days.toSorted()

it.each([
  [365, 0],
  [366, days.filter((day) => day === oldest).length],
  [5_000, days.length],
])('%s days after the oldest look, a release is stopped by %s ESPs', (age, expected) => {
  expect(overdueLooks(Date.parse(oldest) + age * DAY_MS)).toHaveLength(expected)
})

it('names the file and the sources', () => {
  expect(overdueLooks(Date.parse('2040-01-01'))).toContainEqual(
    expect.stringMatching(/^plunk: .*src\/providers\/plunk\.ts.*useplunk\/plunk@/),
  )
})

it('has days, and sources that can be found', () => {
  const wrong = Object.entries(FRESHNESS).filter(
    ([, { lookedOn, sources }]) =>
      !/^\d{4}-\d{2}-\d{2}$/.test(lookedOn) ||
      sources.length === 0 ||
      sources.some(
        (source) =>
          !/^(?:https:\/\/\S+|npm \S+ [\d.]+|[\w-]+\/[\w.-]+(?:@[0-9a-f]{7})?(?:, .+)?)$/.test(source),
      ),
  )
  expect(wrong).toEqual([])
})
