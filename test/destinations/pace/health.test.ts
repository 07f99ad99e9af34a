import { describe, expect, it } from 'vitest'
import { HEALTHY, type Health, failed, succeeded } from '../../../src/destinations/pace/health.ts'

const START_MS = 1_000_000_000
const DAY = 86_400_000

/** Without a success since the start. */
const failing: Health = {
  lastSuccessAtMs: START_MS - 1,
  failingSinceMs: START_MS,
  isWarned: false,
  disabled: null,
}

describe('a failure', () => {
  it('is counted from the first one since the last success', () => {
    const first = failed(HEALTHY, null, START_MS)
    expect(first).toEqual({ ...HEALTHY, failingSinceMs: START_MS })
    expect(failed(first, null, START_MS + 1).failingSinceMs).toBe(START_MS)
    const again = failed(succeeded(first, null, START_MS + 2), null, START_MS + 3)
    expect(again).toEqual({
      lastSuccessAtMs: START_MS + 2,
      failingSinceMs: START_MS + 3,
      isWarned: false,
      disabled: null,
    })
  })

  it.each([
    [DAY - 1, false, null],
    [DAY, true, null],
    [5 * DAY - 1, true, null],
    [5 * DAY, true, 'no_success'],
    [50 * DAY, true, 'no_success'],
  ])('%i ms after the first one warns: %s, disables: %s', (sinceMs, warns, reason) => {
    const nowMs = START_MS + sinceMs
    const next = failed(failing, null, nowMs)
    expect(next.isWarned).toBe(warns)
    expect(next.disabled).toEqual(reason && { reason, atMs: nowMs })
  })

  it.each(['gone', 'asked'] as const)('with which the endpoint says stop disables at once: %s', (asked) => {
    expect(failed(HEALTHY, asked, START_MS).disabled).toEqual({ reason: asked, atMs: START_MS })
  })
})

describe('a success', () => {
  it('ends the failing', () => {
    expect(succeeded(failing, null, START_MS + DAY)).toEqual({ ...HEALTHY, lastSuccessAtMs: START_MS + DAY })
  })

  it('disables too if its answer asks for it', () => {
    expect(succeeded(HEALTHY, 'asked', START_MS).disabled).toEqual({ reason: 'asked', atMs: START_MS })
  })

  it.each([succeeded, failed])('that comes after the end does not change the reason: %o', (next) => {
    const disabled = { reason: 'gone', atMs: START_MS } as const
    expect(next({ ...failing, disabled }, 'asked', START_MS + 9 * DAY).disabled).toEqual(disabled)
  })
})
