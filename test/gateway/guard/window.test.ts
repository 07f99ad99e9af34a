import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RateWindow } from '../../../src/gateway/guard/window.ts'

const START = 1_800_000_000
const WINDOW_SECONDS = 60
const LIMIT = 5

/** Every place by its second, looked through anew for each question. */
class Naive {
  #taken: number[] = []

  take(nowSeconds: number): boolean {
    this.#taken = this.#taken.filter(
      (at) => at > nowSeconds - WINDOW_SECONDS && at <= nowSeconds + WINDOW_SECONDS,
    )
    if (this.#taken.length >= LIMIT) return false
    this.#taken.push(nowSeconds)
    return true
  }

  release(atSeconds: number): void {
    const at = this.#taken.indexOf(atSeconds)
    if (at >= 0) this.#taken.splice(at, 1)
  }
}

describe('the window of a quota', () => {
  it('holds what a list of all places would, also while clocks of several gateways disagree', () => {
    const step = fc.record({
      afterSeconds: fc.oneof(fc.constantFrom(0, 0, 1, -1, 2, -2), fc.integer({ min: -90, max: 90 })),
      givenBack: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const window = new RateWindow()
        const naive = new Naive()
        let nowSeconds = START
        for (const { afterSeconds, givenBack } of steps) {
          nowSeconds += afterSeconds
          const { taken } = window.take(nowSeconds, LIMIT)
          expect(taken).toBe(naive.take(nowSeconds))
          if (!taken || !givenBack) continue
          window.release(nowSeconds)
          naive.release(nowSeconds)
        }
      }),
      { numRuns: 500 },
    )
  })
})
