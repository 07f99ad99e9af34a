import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { CallBatcher } from '../../src/platform/call-batcher.ts'

/** Longer than a request waits for a call of another. */
const PATIENCE_MS = 300

/** Weights are the numbers themselves, at most ten in a call. A call returns when the test ends it. */
function held(maxInFlight = 1) {
  const calls: { readonly all: readonly number[]; readonly end: (fault?: Error) => void }[] = []
  let nowMs = 0
  const batcher = new CallBatcher<number, string>(
    (all) =>
      new Promise((resolve, reject) => {
        const end = (fault?: Error) =>
          fault === undefined ? resolve(all.map((one) => `answer to ${one}`)) : reject(fault)
        calls.push({ all, end })
      }),
    { maxWeight: 10, weigh: (one) => one, maxInFlight },
    () => nowMs,
  )
  return {
    /** A request without an answer is rejected ten seconds later, when the test is over. */
    ask: (one: number) => {
      const answer = batcher.ask(one)
      answer.catch(() => undefined)
      return answer
    },
    /** The contents of each call, in order. */
    carried: () => calls.map(({ all }) => all),
    end: async (index: number, fault?: Error) => {
      calls[index]?.end(fault)
      await sleep(0)
    },
    passMs: (ms: number) => void (nowMs += ms),
  }
}

describe('a request while no call is in flight', () => {
  it('goes at once and alone', async () => {
    const { ask, carried, end } = held()
    const answer = ask(1)
    expect(carried()).toEqual([[1]])
    await end(0)
    expect(await answer).toBe('answer to 1')
    void ask(2)
    expect(carried()).toEqual([[1], [2]])
  })
})

describe('a request while a call is in flight', () => {
  it('goes in the next call with the others, and each gets its own answer', async () => {
    const { ask, carried, end } = held()
    const answers = [1, 2, 3, 4].map(ask)
    expect(carried()).toEqual([[1]])
    await end(0)
    expect(carried()).toEqual([[1], [2, 3, 4]])
    await end(1)
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4].map((one) => `answer to ${one}`))
  })

  it('goes in the next call if that call fails, which fails only for those that it carried', async () => {
    const { ask, carried, end } = held()
    const answers = Promise.allSettled([1, 2, 3].map(ask))
    await end(0, new Error('first'))
    const late = ask(4)
    await end(1, new Error('second'))
    await end(2)
    expect(carried()).toEqual([[1], [2, 3], [4]])
    expect((await answers).map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
      'Error: first',
      'Error: second',
      'Error: second',
    ])
    expect(await late).toBe('answer to 4')
  })

  it('waits behind the request that has the turn, even before that one has started', async () => {
    const { ask, carried, end } = held()
    void ask(1)
    void ask(2)
    const ended = end(0)
    // The call has returned, and the second request does not know yet.
    await Promise.resolve()
    void ask(3)
    await ended
    expect(
      carried()
        .flat()
        .toSorted((a, b) => a - b),
    ).toEqual([1, 2, 3])
    expect(carried()).toHaveLength(2)
  })

  it('does not wait if it does not fit beside those that wait, and takes along those that fit', async () => {
    const { ask, carried, end } = held()
    void ask(1)
    void ask(4)
    void ask(5)
    void ask(6)
    expect(carried()).toEqual([[1], [6, 4]])
    // The rest has waited long enough.
    await sleep(0)
    expect(carried()).toEqual([[1], [6, 4], [5]])
    await end(0)
  })

  it('goes without waiting for a call that is slow or lost', async () => {
    const { ask, carried, end, passMs } = held()
    void ask(1)
    const answers = [ask(2), ask(3)]
    await sleep(PATIENCE_MS)
    passMs(PATIENCE_MS)
    expect(carried()).toEqual([[1], [2, 3]])
    await end(1)
    expect(await Promise.all(answers)).toEqual(['answer to 2', 'answer to 3'])

    // The next request does not wait for the lost call either.
    void ask(4)
    expect(carried()).toHaveLength(3)
    passMs(PATIENCE_MS)
    void ask(5)
    expect(carried()).toEqual([[1], [2, 3], [4], [5]])
    // Nobody waits for a call that returns late.
    void ask(6)
    await end(0)
    expect(carried()).toHaveLength(4)
    await end(3)
    expect(carried().at(-1)).toEqual([6])
  })

  it('is rejected if the call that carries it is lost', async () => {
    const { ask, carried, end } = held()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      void ask(1)
      const own = ask(2)
      const carriedAlong = ask(3).catch((cause: unknown) => cause)
      await vi.advanceTimersByTimeAsync(PATIENCE_MS)
      expect(carried()).toEqual([[1], [2, 3]])
      await vi.advanceTimersByTimeAsync(60_000)
      expect(await carriedAlong).toMatchObject({ name: 'CallLost' })
      // The request that made the call still waits for it.
      expect(await Promise.race([own, Promise.resolve('nothing yet')])).toBe('nothing yet')
    } finally {
      vi.useRealTimers()
    }
    await end(1)
  })
})

describe('several calls in flight', () => {
  it('start at once up to the limit; later requests go together when one of them has ended', async () => {
    const { ask, carried, end } = held(3)
    const answers = [1, 1, 1, 2, 3].map(ask)
    expect(carried()).toEqual([[1], [1], [1]])
    await end(1)
    expect(carried()).toEqual([[1], [1], [1], [2, 3]])
    void ask(4)
    expect(carried()).toHaveLength(4)
    await end(0)
    expect(carried().at(-1)).toEqual([4])
    for (const call of [2, 3, 4]) await end(call)
    expect(await Promise.all(answers)).toEqual([1, 1, 1, 2, 3].map((one) => `answer to ${one}`))
  })

  it('delay no request if one of them is lost', async () => {
    const { ask, carried, end, passMs } = held(2)
    void ask(1)
    passMs(200)
    void ask(2)
    void ask(3)
    expect(carried()).toEqual([[1], [2]])
    passMs(100)
    // The first is overdue, so its place is free.
    void ask(4)
    expect(carried()).toEqual([[1], [2], [4, 3]])
    await end(1)
  })
})
