import { describe, expect, it } from 'vitest'
import { retryAfterSeconds } from '../../src/outbound/retry-after.ts'

const NOW_MS = Date.UTC(2026, 10, 27, 6)

describe('Retry-After', () => {
  it.each<[string, number | null]>([
    ['0', 0],
    ['120', 120],
    [' 120 ', 120],
    ['999999999', 999_999_999],
    // RFC 9110 section 5.6.7. The old form of RFC 850 is not read.
    ['Fri, 27 Nov 2026 06:02:00 GMT', 120],
    ['Friday, 27-Nov-26 06:02:00 GMT', null],
    ['Fri, 27 Nov 2026 05:00:00 GMT', 0],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    ['9999999999', null],
    ['soon', null],
    ['2027-01-01T00:00:00Z', null],
    ['', null],
  ])('%j is %s seconds', (value, seconds) => {
    expect(retryAfterSeconds(new Headers({ 'retry-after': value }), NOW_MS)).toBe(seconds)
  })

  it.each<[string, number | null]>([
    ['7', 7],
    ['1.5', 2],
    ['1.', null],
    ['1.5.5', null],
  ])('%j is %s seconds where it may have fractions', (value, seconds) => {
    const headers = new Headers({ 'retry-after': value })
    expect(retryAfterSeconds(headers, NOW_MS, { mayHaveFractions: true })).toBe(seconds)
  })

  it('may be missing', () => expect(retryAfterSeconds(new Headers(), NOW_MS)).toBeNull())
})
