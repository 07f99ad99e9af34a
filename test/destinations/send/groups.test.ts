import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupsOf } from '../../../src/destinations/send/groups.ts'

interface Item {
  readonly key: string | null
  readonly nr: number
}

const items = (...keys: (string | null)[]): Item[] => keys.map((key, nr) => ({ key, nr }))

describe('groups', () => {
  it.each<[string, Item[], number[][]]>([
    ['nothing', [], []],
    ['items without a key', items(null, null), [[0], [1]]],
    ['one key', items('a', 'a', 'a'), [[0, 1, 2]]],
    ['several', items('a', null, 'b', 'a', null, 'b'), [[0, 3], [1], [2, 5], [4]]],
    ['a key that is empty', items('', null, ''), [[0, 2], [1]]],
  ])('of %s', (_name, all, expected) => {
    expect(groupsOf(all).map((group) => group.map(({ nr }) => nr))).toEqual(expected)
  })

  it('hold every item once, those of a key in order', () =>
    fc.assert(
      fc.property(fc.array(fc.option(fc.constantFrom('a', 'b', '__proto__'))), (keys) => {
        const all = items(...keys)
        const groups = groupsOf(all)
        expect(groups.flat().toSorted((a, b) => a.nr - b.nr)).toEqual(all)
        for (const group of groups)
          expect(group.map(({ nr }) => nr)).toEqual(group.map(({ nr }) => nr).toSorted((a, b) => a - b))
        const keyed = groups.map(([first]) => first?.key).filter((key) => key !== null)
        expect(new Set(keyed).size).toBe(keyed.length)
      }),
    ))
})
