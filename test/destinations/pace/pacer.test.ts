import { describe, expect, it } from 'vitest'
import { Pacer } from '../../../src/destinations/pace/pacer.ts'

/** A pacer whose clock moves only while it waits. */
function paced(perSecond: number | undefined) {
  const clock = { nowMs: 5_000 }
  const pacer = new Pacer(
    perSecond,
    () => clock.nowMs,
    async (ms) => void (clock.nowMs += ms),
  )
  return { pacer, clock }
}

describe('a pacer', () => {
  it.each([
    [undefined, [0, 0, 0, 0]],
    [1, [0, 1_000, 2_000, 3_000]],
    [4, [0, 250, 500, 750]],
    [0.1, [0, 10_000, 20_000, 30_000]],
  ])('spreads turns evenly: %s a second', async (perSecond, expected) => {
    const { pacer, clock } = paced(perSecond)
    const startedMs: number[] = []
    for (let i = 0; i < 4; i++) {
      expect(await pacer.turn(Infinity)).toBe(true)
      startedMs.push(clock.nowMs - 5_000)
    }
    expect(startedMs).toEqual(expected)
  })

  it('gives turns that are asked for at once one after the other', async () => {
    const waits: number[] = []
    const pacer = new Pacer(
      10,
      () => 5_000,
      async (ms) => void waits.push(ms),
    )
    await Promise.all([pacer.turn(Infinity), pacer.turn(Infinity), pacer.turn(Infinity)])
    expect(waits).toEqual([100, 200])
  })

  it('refuses a turn that is later than the limit, and keeps its place for others', async () => {
    const { pacer, clock } = paced(1)
    await pacer.turn(0)
    expect(pacer.waitMs()).toBe(1_000)
    expect(await pacer.turn(999)).toBe(false)
    expect(clock.nowMs).toBe(5_000)
    expect(await pacer.turn(1_000)).toBe(true)
    expect(clock.nowMs).toBe(6_000)
  })

  it('saves up no turns while nothing is sent', async () => {
    const { pacer, clock } = paced(1)
    await pacer.turn(0)
    clock.nowMs += 60_000
    await pacer.turn(0)
    expect(await pacer.turn(999)).toBe(false)
  })
})
