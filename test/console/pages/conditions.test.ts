/** Conditions of a filter as rows, and back. */
import { describe, expect, it } from 'vitest'
import { conditionsOf, whereOf } from '../../../src/console/pages/destinations/conditions.ts'
import { type Filter, eventFilter } from '../../../src/event/filter/filter.ts'
import { filterProblems } from '../../../src/event/filter/filter-problems.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'

const EQUAL: readonly unknown[] = [
  { bounce_type: 'hard' },
  { bounce_type: { $eq: 'hard' }, reason: { $exist: false } },
  { tags: { $in: ['welcome', 'invoice'] }, recipient: { $in: '@example' } },
  { recipient: { $endsWith: '@example.com', $startsWith: 'a' }, smtp_code: { $gte: '500', $lt: '600' } },
  { metadata: { plan: { seats: { $gte: 10 }, name: 'pro' }, trial: true, code: '5', gone: null } },
  { reason: { $nin: 'greylist' }, $and: [{ reason: { $nin: 'busy' } }] },
]

describe('conditions', () => {
  it.each(EQUAL)('%j as rows mean the same', async (where) => {
    const rows = conditionsOf(where)
    const again = whereOf(rows ?? [])
    expect(filterProblems({ where: again }, '')).toEqual([])
    expect(conditionsOf(again)).toEqual(rows)
    const metadata = { plan: { seats: 12, name: 'pro' }, trial: true, code: '5' }
    for (const change of [
      {},
      { bounce_type: 'hard' as const, reason: null },
      { metadata },
      { reason: 'busy', tags: ['invoice'] },
      { smtp_code: '550' },
    ]) {
      const event = await mailEvent({ type: 'email.bounced', atMs: NOON_MS, recipient: 'ada@example.com', ...change }) // prettier-ignore
      const passes = (one: unknown) => eventFilter({ where: one } as Filter)(event)
      expect(passes(again)).toBe(passes(where))
    }
  })

  it.each([
    { $or: [{ reason: 'a' }] },
    { reason: { $not: { $in: 'a' } } },
    { tags: ['a', 'b'] },
    { tags: { $in: ['a, b'] } },
    { reason: null },
    { metadata: { 'a.b': 1 } },
  ])('%j no row can say', (where) => expect(conditionsOf(where)).toBeUndefined())

  it('of one field and one comparison stand side by side', () => {
    const is = (value: string) => ({ field: 'metadata.plan', comparison: 'is_not', value })
    expect(whereOf([is('a'), is('"5"'), is('5')])).toEqual({
      metadata: { plan: { $neq: 'a' } },
      $and: [{ metadata: { plan: { $neq: '5' } } }, { metadata: { plan: { $neq: 5 } } }],
    })
    expect(whereOf([])).toBeUndefined()
  })
})
