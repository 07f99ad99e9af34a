import { describe, expect, it } from 'vitest'
import { CLOCK_AHEAD_MAX_MS, effectiveMs } from '../../src/event/effective-time.ts'
import { MAX_INSTANT_MS } from '../../src/platform/time.ts'
import { DAY_MS, NOON_MS, mailEvent } from '../support/mail-events.ts'

const received_at = new Date(NOON_MS).toISOString()

describe('the time by which an event is ordered', () => {
  it.each([
    ['its own', NOON_MS - 1, NOON_MS - 1],
    ['its own, of long ago', 1, 1],
    ['its own, of the moment of receipt', NOON_MS, NOON_MS],
    ['its own, by a clock that is ahead', NOON_MS + CLOCK_AHEAD_MAX_MS, NOON_MS + CLOCK_AHEAD_MAX_MS],
    ['that of receipt, where it was still to come', NOON_MS + CLOCK_AHEAD_MAX_MS + 1, NOON_MS],
    ['that of receipt, for tomorrow', NOON_MS + DAY_MS, NOON_MS],
    ['that of receipt, for the year 9999', MAX_INSTANT_MS, NOON_MS],
    ['that of receipt, where the ESP gives none', undefined, NOON_MS],
    ['that of receipt, where the ESP says zero', 0, NOON_MS],
  ])('is %s', async (_what, atMs, expected) => {
    expect(effectiveMs(await mailEvent({ type: 'email.sent', atMs, received_at }))).toBe(expected)
  })

  it('allows for five minutes between clocks', () => {
    expect(CLOCK_AHEAD_MAX_MS).toBe(300_000)
  })
})
