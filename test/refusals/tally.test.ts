import { describe, expect, it } from 'vitest'
import type { RefusalClass, RefusalCount } from '../../src/refusals/refusal.ts'
import { Tally } from '../../src/refusals/tally.ts'

const count = (change: Partial<RefusalCount> = {}): RefusalCount => ({
  minute: 30_000_000,
  class: 'unverified',
  source: 'shop',
  code: 'signature_mismatch',
  network: '192.0.2.0/24',
  count: 1,
  ...change,
})

const sumOf = (tally: Tally, change: Partial<RefusalCount>): number =>
  tally.counts
    .filter((one) =>
      Object.entries(change).every(([name, value]) =>
        Object.entries(one).some(([n, v]) => n === name && v === value),
      ),
    )
    .reduce((sum, one) => sum + one.count, 0)

/** As strangers do it: more networks than are kept apart. */
function crowded(name: RefusalClass, change: Partial<RefusalCount> = {}): Tally {
  const tally = new Tally()
  for (let i = 0; i < 10_000; i++)
    tally.add(count({ class: name, network: `10.${i >> 8}.${i & 255}.0/24`, ...change }))
  return tally
}

describe('counts of refusals', () => {
  it('are added up if all their fields are equal', () => {
    const tally = new Tally()
    tally.add(count())
    tally.add(count({ count: 2 }))
    tally.add(count({ minute: 30_000_001 }))
    expect(tally.counts).toEqual([count({ count: 3 }), count({ minute: 30_000_001 })])
  })

  it('are bounded in number and exact in sum, and drop the network before the source', () => {
    const tally = crowded('unverified')
    expect(tally.counts).toHaveLength(201)
    for (let i = 0; i < 300; i++) tally.add(count({ source: 'other-shop', network: `198.51.${i}.0/24` }))
    expect(tally.counts).toHaveLength(202)
    expect(sumOf(tally, { source: 'shop' })).toBe(10_000)
    expect(sumOf(tally, { source: 'other-shop' })).toBe(300)
    expect(sumOf(tally, { source: 'other-shop', network: 'other' })).toBe(200)
    for (let i = 0; i < 1_000; i++) tally.add(count({ source: `source-${i}` }))
    expect(tally.counts.length).toBeLessThanOrEqual(401)
    expect(sumOf(tally, {})).toBe(11_300)
  })

  it.each([
    ['unverified', 'alarm'],
    ['unverified', 'verified'],
    ['verified', 'alarm'],
  ] as const)('of the class %s do not crowd those of the class %s', (crowding, other) => {
    const tally = crowded(crowding)
    const one = count({ class: other, code: 'token_reused', network: '203.0.113.0/24' })
    tally.add(one)
    tally.add(one)
    expect(tally.counts).toContainEqual({ ...one, count: 2 })
  })

  it.each<[string, (i: number) => Partial<RefusalCount>]>([
    ['one network at 30 sources, with seven codes', (i) => ({ source: `shop-${i % 30}`, code: `code_${i % 7}`, network: '10.9.9.0/24' })],
    ['one network at 300 sources', (i) => ({ source: `shop-${i}`, network: '10.9.9.0/24' })],
    ['scanners of 300 networks', (i) => ({ code: 'proof_missing', network: `10.9.${i}.0/24` })],
    ['wrong proofs of 300 networks at another source', (i) => ({ source: 'forum', network: `10.9.${i}.0/24` })],
  ])('of %s do not take the network from a guess', (_, crowding) => {
    const tally = new Tally()
    for (let i = 0; i < 300; i++) tally.add(count(crowding(i)))
    const guess = count({ source: 'news', network: '203.0.113.0/24' })
    for (let i = 0; i < 20; i++) tally.add(guess)
    expect(tally.counts).toContainEqual({ ...guess, count: 20 })
    expect(sumOf(tally, {})).toBe(320)
    // The next object adds up the reported counts again.
    const again = new Tally()
    for (const one of tally.counts) again.add(one)
    expect(again.counts).toContainEqual({ ...guess, count: 20 })
    expect(again.counts).toHaveLength(tally.counts.length)
  }) // prettier-ignore

  it('without a class are of strangers', () => {
    const { class: _class, ...old } = count({ network: '203.0.113.0/24' })
    const tally = crowded('unverified')
    tally.add(old)
    expect(sumOf(tally, { network: '203.0.113.0/24' })).toBe(0)
    expect(sumOf(tally, {})).toBe(10_001)
  })
})
