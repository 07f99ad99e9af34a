import { describe, expect, it } from 'vitest'
import { concurrently } from '../../src/platform/concurrently.ts'

/** Lets all that can go on do so. */
const turn = () => new Promise<void>((resolve) => void setTimeout(resolve, 0))

describe('work', () => {
  it.each([1, 3, 6])('is done by %i at a time, each item once', async (concurrency) => {
    let busy = 0
    let most = 0
    const done: number[] = []
    const items = Array.from({ length: 20 }, (_, nr) => nr)
    await concurrently(items, concurrency, async (nr) => {
      most = Math.max(most, ++busy)
      await turn()
      done.push(nr)
      busy--
      return true
    })
    expect(most).toBe(concurrency)
    expect(done.toSorted((a, b) => a - b)).toEqual(items)
  })

  it('begins no further item after one that says stop, and ends those in flight', async () => {
    const begun: number[] = []
    const ended: number[] = []
    await concurrently(
      Array.from({ length: 20 }, (_, nr) => nr),
      3,
      async (nr) => {
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
    const broken = concurrently([1, 2], 2, async (nr) => {
      if (nr === 2) throw new RangeError('broken')
      return true
    })
    await expect(broken).rejects.toThrow('broken')
  })

  it('fails only when nothing is in flight any more, and begins nothing after the fault', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const all = Array.from({ length: 20 }, (_, nr) => nr)
    const broken = concurrently(all, 3, async (nr) => {
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
