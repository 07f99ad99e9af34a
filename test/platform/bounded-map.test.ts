import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoundedMap } from '../../src/platform/bounded-map.ts'

describe('a bounded map', () => {
  it('evicts the entry that was least recently used', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    expect(map.get('a')).toBe(1)
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3])
    map.delete('a')
    expect(map.get('a')).toBeUndefined()
  })

  it('equals a bounded list in order of use, after any operations', () => {
    const step = fc.tuple(fc.constantFrom('get', 'set', 'delete'), fc.nat(4))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, max) => {
        const map = new BoundedMap<number, number>(max)
        let list: readonly (readonly [key: number, value: number])[] = []
        for (const [at, [what, key]] of steps.entries()) {
          const held = list.find(([one]) => one === key)
          const others = list.filter(([one]) => one !== key)
          if (what === 'get') {
            expect(map.get(key)).toBe(held?.[1])
            list = held === undefined ? list : [...others, held]
          } else if (what === 'set') {
            map.set(key, at)
            list = [...others, [key, at] as const].slice(-max)
          } else {
            map.delete(key)
            list = others
          }
        }
        expect([0, 1, 2, 3, 4].map((key) => map.get(key))).toEqual(
          [0, 1, 2, 3, 4].map((key) => list.find(([one]) => one === key)?.[1]),
        )
      }),
    )
  })

  it('holds the entries that were set last, after any operations', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (keys, max) => {
        const map = new BoundedMap<number, number>(max)
        for (const [at, key] of keys.entries()) map.set(key, at)
        const distinct = [...new Set(keys.toReversed())]
        const kept = distinct.filter((key) => map.get(key) !== undefined)
        expect(kept).toEqual(distinct.slice(0, max))
        expect(kept.every((key) => map.get(key) === keys.lastIndexOf(key))).toBe(true)
      }),
    )
  })
})
