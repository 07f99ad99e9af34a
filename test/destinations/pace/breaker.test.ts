import { describe, expect, it } from 'vitest'
import { type Breaker, CLOSED, record, recordProbe } from '../../../src/destinations/pace/breaker.ts'

const START_MS = 1_000_000_000
const SECOND = 1_000
const MINUTE = 60 * SECOND
const MIDDLE = 0.5

interface Attempts {
  readonly failures: number
  readonly successes?: number
  /** After the start. */
  readonly atMs?: number
}

/** Successes first, then failures. */
const after = (...all: readonly Attempts[]): Breaker =>
  all.reduce<Breaker>((breaker, { failures, successes = 0, atMs = 0 }) => {
    const results = [...Array<boolean>(successes).fill(false), ...Array<boolean>(failures).fill(true)]
    return results.reduce((one, failed) => record(one, failed, START_MS + atMs), breaker)
  }, CLOSED)

describe('the circuit', () => {
  it.each<[string, readonly Attempts[], boolean]>([
    ['nine failures', [{ failures: 9 }], false],
    ['ten failures', [{ failures: 10 }], true],
    ['seven failures of ten', [{ failures: 7, successes: 3 }], true],
    ['six failures of ten', [{ failures: 6, successes: 4 }], false],
    ['seventy of a hundred', [{ failures: 70, successes: 30 }], true],
    ['sixty-nine of a hundred', [{ failures: 69, successes: 31 }], false],
    ['ten failures within five minutes', [{ failures: 5 }, { failures: 5, atMs: 4 * MINUTE + 50 * SECOND }], true],
    ['ten failures in more than five minutes', [{ failures: 5 }, { failures: 5, atMs: 5 * MINUTE }], false],
    ['old successes, then ten failures', [{ failures: 0, successes: 900 }, { failures: 10, atMs: 5 * MINUTE }], true],
  ])('after %s', (_name, attempts, isOpen) => {
    expect(after(...attempts).open !== null).toBe(isOpen)
  }) // prettier-ignore

  it('is opened by a failure alone: a success with the same share does not', () => {
    const failing = after({ failures: 9 })
    expect(record(failing, false, START_MS).open).toBeNull()
    expect(record(failing, true, START_MS).open).not.toBeNull()
  })

  it('keeps the time of its probe while attempts that were in flight end', () => {
    const open = after({ failures: 10 })
    const later = record(record(open, true, START_MS + SECOND), false, START_MS + SECOND)
    expect(later.open).toEqual(open.open)
  })

  it('remembers no more than the slots of five minutes', () => {
    const attempts = Array.from({ length: 500 }, (_, i) => ({ failures: 0, successes: 3, atMs: i * 10 * SECOND }))
    expect(after(...attempts).slots.length).toBeLessThanOrEqual(30)
  }) // prettier-ignore
})

describe('a probe', () => {
  it.each([
    [0, 0],
    [1, 30 * SECOND],
    [2, 60 * SECOND],
    [3, 120 * SECOND],
    [4, 240 * SECOND],
    [5, 300 * SECOND],
    [6, 300 * SECOND],
    [1_000, 300 * SECOND],
  ])('after %i failed ones is sent in %i ms', (failedProbes, waitMs) => {
    let breaker = after({ failures: 10 })
    let nowMs = START_MS
    for (let i = 0; i < failedProbes; i++) {
      nowMs = breaker.open?.probeAtMs ?? 0
      breaker = recordProbe(breaker, true, nowMs, MIDDLE)
    }
    expect(breaker.open).toEqual({ sinceMs: START_MS, probeAtMs: nowMs + waitMs, failedProbes })
  })

  it.each([
    [0, 24 * SECOND],
    [0.999_999_999, 36 * SECOND],
  ])('is at most a fifth earlier or later: chance %d', (random, waitMs) => {
    const open = after({ failures: 10 })
    expect(recordProbe(open, true, START_MS, random).open?.probeAtMs).toBe(START_MS + waitMs)
  })

  it('that succeeds closes the circuit, and what failed before does not open it again', () => {
    const closed = recordProbe(after({ failures: 500 }), false, START_MS + MINUTE, MIDDLE)
    expect(closed).toEqual(CLOSED)
    expect(record(closed, true, START_MS + MINUTE).open).toBeNull()
  })
})
