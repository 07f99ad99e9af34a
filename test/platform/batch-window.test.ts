import { describe, expect, it } from 'vitest'
import { BatchWindow } from '../../src/platform/batch-window.ts'

const NOW_MS = 1_800_000_000_000

function opened() {
  const handedOver: string[][] = []
  const work: Promise<unknown>[] = []
  const window = new BatchWindow<string[]>(
    () => [],
    async (batch) => void handedOver.push(batch),
    async (ms) => expect(ms).toBe(1_000),
  )
  return {
    handedOver,
    work,
    add: (what: string, nowMs: number) =>
      void window.at(nowMs, (promise) => void work.push(promise)).push(what),
    /** As by a request that the platform ends before it has handed anything over. */
    addAndEnd: (what: string, nowMs: number) => void window.at(nowMs, () => undefined).push(what),
  }
}

describe('a batch of a second', () => {
  it('is passed on once, by the request that opened it, and then a new batch begins', async () => {
    const { handedOver, work, add } = opened()
    add('a', NOW_MS)
    add('b', NOW_MS + 900)
    expect(handedOver).toEqual([])
    await Promise.all(work)
    expect(handedOver).toEqual([['a', 'b']])
    add('c', NOW_MS + 1_000)
    await Promise.all(work)
    expect(handedOver).toEqual([['a', 'b'], ['c']])
    expect(work).toHaveLength(2)
  })

  it.each([
    ['later', 3_001],
    ['earlier, as a clock says that was set back', -3_001],
  ])('is passed on by the next request if the first one was ended, %s', async (_when, ms) => {
    const { handedOver, work, add, addAndEnd } = opened()
    addAndEnd('a', NOW_MS)
    add('b', NOW_MS + Math.sign(ms) * 3_000)
    expect(work).toEqual([])
    add('c', NOW_MS + ms)
    expect(handedOver).toEqual([['a', 'b']])
    await Promise.all(work)
    expect(handedOver).toEqual([['a', 'b'], ['c']])
  })
})
