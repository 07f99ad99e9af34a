import { describe, expect, it } from 'vitest'
import { totalOf } from '../../src/watch/signals/forms.ts'
import { NOTHING, bounded } from '../../src/watch/signals/signals.ts'
import { firstMinute, forgetBefore, recordCount, sumsByName } from '../../src/watch/signals/window-counts.ts'
import { NOW, calmMinute } from './support/calm.ts'

describe('bounded signals', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, 2]))

  it('change nothing that is within the bounds', () => {
    const calm = calmMinute(NOW)
    const withoutZeros = Object.fromEntries(Object.entries(calm.events).filter(([, count]) => count > 0))
    expect(bounded(calm).events).toEqual(withoutZeros)
    expect(bounded(calm).networks).toEqual(calm.networks)
  })

  it('are empty for nothing', () => expect(bounded({})).toEqual(NOTHING))

  it('count the rest as other', () => {
    const { networks } = bounded({ networks: many(1000) })
    expect([Object.keys(networks).length, networks['other'], totalOf(networks)]).toEqual([65, 1872, 2000])
  })

  it('keep the sum of refusals by code', () => {
    const refused = Array.from({ length: 1000 }, (_, i) => ({
      code: i % 2 === 0 ? 'a' : 'b',
      network: `${i}`,
      asn: i,
      count: 1,
    }))
    const rows = bounded({ refused }).refused
    expect(rows).toHaveLength(202)
    expect(rows.slice(200)).toEqual([
      { code: 'a', network: 'other', asn: null, count: 400 },
      { code: 'b', network: 'other', asn: null, count: 400 },
    ])
  })

  it('keep the sum of refusals of any number of codes', () => {
    const refused = Array.from({ length: 1000 }, (_, i) => ({
      code: `c${i}`,
      network: null,
      asn: null,
      count: 1,
    }))
    const rows = bounded({ refused }).refused
    expect(rows).toHaveLength(265)
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(1000)
  })

  it.each([
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
    [-1, 0],
    [2.7, 2],
    [1e12, 1e9],
  ])('make %d a count of %d', (given, count) => expect(bounded({ accepted: given }).accepted).toBe(count))
})

describe('counts in a window', () => {
  const seen = () => {
    const counts: Parameters<typeof recordCount>[0] = []
    for (const [minute, name] of [[100, 'a'], [101, 'a'], [107, 'b'], [112, 'a']] as const) recordCount(counts, minute, name, 1)
    return counts
  } // prettier-ignore

  it('count by name', () => expect([...sumsByName(seen())]).toEqual([['a', 3], ['b', 1]])) // prettier-ignore
  it.each([
    ['the whole, which is enough only as a whole', 4, undefined, 100],
    ['a name, without a pause', 1, 'b', 107],
    ['what is enough, and no pause of more than ten minutes before it', 1, 'a', 100],
  ])('know when an attack began: %s', (_, enough, name, minute) =>
    expect(firstMinute(seen(), enough, name)).toBe(minute),
  )
  it('know the five minutes of it, where an older version counted', () =>
    expect(firstMinute([{ bin: 20, name: 'a', count: 3 }], 1)).toBe(100))
  it('begin an attack after a pause', () => {
    const counts = seen()
    recordCount(counts, 140, 'a', 5)
    expect([5, 6].map((enough) => firstMinute(counts, enough))).toEqual([140, 100])
  })
  it.each([
    [20, 152],
    // Two in five minutes are no strays beside four.
    [4, 100],
  ])('begin an attack of %d after strays that come every seven minutes', (most, minute) => {
    const counts: Parameters<typeof recordCount>[0] = []
    for (let at = 100; at < 150; at += 7) recordCount(counts, at, 'a', 1)
    recordCount(counts, 152, 'a', most)
    expect(firstMinute(counts, 3, 'a')).toBe(minute)
  })

  it.each([
    ['older than the window', 168, 60, 1],
    ['newer than now', 90, 60, 0],
    ['none of it', 112, 60, 3],
  ])('forget what is %s', (_, minute, window, rows) => {
    const counts = seen()
    forgetBefore(counts, minute, window)
    expect(counts).toHaveLength(rows)
  })

  it('are bounded', () => {
    const counts = seen()
    for (let i = 0; i < 10_000; i += 1) recordCount(counts, 200, `n${i}`, 1)
    expect(counts).toHaveLength(70)
  })
})

it('keeps the network of a wrong proof beside any number of scanners', () => {
  const scanner = (_: unknown, i: number) => ({
    code: 'proof_missing',
    network: `10.1.${i}.0/24`,
    asn: null,
    count: 1,
  })
  const guess = { code: 'signature_mismatch', network: '203.0.113.0/24', asn: null, count: 20 }
  const { refused } = bounded({ refused: [...Array.from({ length: 250 }, scanner), guess] })
  expect(refused).toContainEqual(guess)
  expect(refused.reduce((sum, { count }) => sum + count, 0)).toBe(270)
})
