import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupsOf, runGroups } from '../../../src/destinations/send/groups.ts'

interface Item {
  readonly key: string | null
  readonly nr: number
}

const items = (...keys: (string | null)[]): Item[] => keys.map((key, nr) => ({ key, nr }))

/** Lets all that can go on do so. */
const turn = () => new Promise<void>((resolve) => void setTimeout(resolve, 0))

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

describe('work', () => {
  it.each([1, 3, 6])('is done by %i at a time, each group once', async (concurrency) => {
    let busy = 0
    let most = 0
    const done: number[] = []
    const groups = Array.from({ length: 20 }, (_, nr) => [nr])
    await runGroups(groups, concurrency, async ([nr = -1]) => {
      most = Math.max(most, ++busy)
      await turn()
      done.push(nr)
      busy--
      return true
    })
    expect(most).toBe(concurrency)
    expect(done.toSorted((a, b) => a - b)).toEqual(groups.flat())
  })

  it('begins no further group after one that says stop, and ends those in flight', async () => {
    const begun: number[] = []
    const ended: number[] = []
    await runGroups(
      Array.from({ length: 20 }, (_, nr) => [nr]),
      3,
      async ([nr = -1]) => {
        begun.push(nr)
        if (nr !== 4) await turn()
        ended.push(nr)
        return nr !== 1
      },
    )
    expect(begun.length).toBeLessThan(20)
    expect(new Set(ended)).toEqual(new Set(begun))
  })

  it('fails with the fault of one', async () => {
    const broken = runGroups([[1], [2]], 2, async ([nr]) => {
      if (nr === 2) throw new RangeError('broken')
      return true
    })
    await expect(broken).rejects.toThrow('broken')
  })

  it('fails only when nothing is in flight any more, and begins nothing after the fault', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const all = Array.from({ length: 20 }, (_, nr) => [nr])
    const broken = runGroups(all, 3, async ([nr = -1]) => {
      begun.push(nr)
      if (nr === 1) throw new RangeError('broken')
      await turn()
      ended.push(nr)
      return true
    })
    await expect(broken).rejects.toThrow('broken')
    expect(begun.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
    expect(ended.toSorted((a, b) => a - b)).toEqual([0, 2])
  })
})
