import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { CallBatcher } from '../../src/platform/call-batcher.ts'

/** Longer than anybody waits for another's call. */
const PATIENCE_MS = 300

/** Weights are the numbers themselves, ten in a call at most; a call comes back when it is told to. */
function held() {
  const calls: { readonly all: readonly number[]; readonly end: (fault?: Error) => void }[] = []
  let nowMs = 0
  const together = new CallBatcher<number, string>(
    (all) =>
      new Promise((resolve, reject) => {
        const end = (fault?: Error) =>
          fault === undefined ? resolve(all.map((one) => `answer to ${one}`)) : reject(fault)
        calls.push({ all, end })
      }),
    { maxWeight: 10, weigh: (one) => one },
    () => nowMs,
  )
  return {
    /** What a test leaves without an answer is told so ten seconds later, when nobody listens any more. */
    ask: (one: number) => {
      const answer = together.ask(one)
      answer.catch(() => undefined)
      return answer
    },
    /** What each call has carried, in order. */
    carried: () => calls.map(({ all }) => all),
    end: async (index: number, fault?: Error) => {
      calls[index]?.end(fault)
      await sleep(0)
    },
    passMs: (ms: number) => void (nowMs += ms),
  }
}

describe('what is asked while nothing is under way', () => {
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

describe('what is asked while a call is under way', () => {
  it('goes together when it has come back, and each gets its own answer', async () => {
    const { ask, carried, end } = held()
    const answers = [1, 2, 3, 4].map(ask)
    expect(carried()).toEqual([[1]])
    await end(0)
    expect(carried()).toEqual([[1], [2, 3, 4]])
    await end(1)
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4].map((one) => `answer to ${one}`))
  })

  it('goes as well when that call has failed, which is a failure for those alone that it carried', async () => {
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

  it('waits behind whoever has the turn, also before that one has begun', async () => {
    const { ask, carried, end } = held()
    void ask(1)
    void ask(2)
    const ended = end(0)
    // The call has come back, and the second has not yet been told.
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

  it('waits for nobody when it does not fit to those that wait, and takes along who fits', async () => {
    const { ask, carried, end } = held()
    void ask(1)
    void ask(4)
    void ask(5)
    void ask(6)
    expect(carried()).toEqual([[1], [6, 4]])
    // What was left has waited long enough.
    await sleep(0)
    expect(carried()).toEqual([[1], [6, 4], [5]])
    await end(0)
  })

  it('goes without an end of that call, which may be slow or lost', async () => {
    const { ask, carried, end, passMs } = held()
    void ask(1)
    const answers = [ask(2), ask(3)]
    await sleep(PATIENCE_MS)
    expect(carried()).toEqual([[1], [2, 3]])
    await end(1)
    expect(await Promise.all(answers)).toEqual(['answer to 2', 'answer to 3'])

    // Nor does the next one wait for what was lost.
    void ask(4)
    expect(carried()).toHaveLength(3)
    passMs(PATIENCE_MS)
    void ask(5)
    expect(carried()).toEqual([[1], [2, 3], [4], [5]])
    // What comes back late is no longer the call that others wait for.
    void ask(6)
    await end(0)
    expect(carried()).toHaveLength(4)
    await end(3)
    expect(carried().at(-1)).toEqual([6])
  })

  it('is told when the call that carries it is lost', async () => {
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
      // Who made the call still waits for it.
      expect(await Promise.race([own, Promise.resolve('nothing yet')])).toBe('nothing yet')
    } finally {
      vi.useRealTimers()
    }
    await end(1)
  })
})
