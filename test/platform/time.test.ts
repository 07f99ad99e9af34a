import { describe, expect, it } from 'vitest'
import { rfc3339Ms, unixSeconds } from '../../src/platform/time.ts'

describe('Unix seconds of a signature', () => {
  it.each([
    ['0', 0],
    ['1700000000', 1_700_000_000],
    ['999999999999', 999_999_999_999],
  ] as const)('%s is read', (text, seconds) => {
    expect(unixSeconds(text)).toBe(seconds)
  })

  it.each([
    '',
    ' 1700000000',
    '1700000000 ',
    '1700000000junk',
    '1.7e9',
    '-1',
    '+1',
    '0x10',
    '1700000000.5',
    '1234567890123',
    '١٧',
  ])('%j is refused', (text) => {
    expect(unixSeconds(text)).toBeUndefined()
  })
})

describe('RFC 3339 times', () => {
  it.each([
    ['2026-11-25T10:00:00Z', '2026-11-25T10:00:00.000Z'],
    ['2026-11-25T10:00:00.9070259Z', '2026-11-25T10:00:00.907Z'],
    ['2026-11-25T10:00:00.1+02:00', '2026-11-25T08:00:00.100Z'],
    ['2026-11-25t10:00:00z', '2026-11-25T10:00:00.000Z'],
  ])('%s is read', (text, instant) => {
    expect(new Date(rfc3339Ms(text) ?? NaN).toISOString()).toBe(instant)
  })

  it.each(['2026-11-25', '2026-13-25T10:00:00Z', '25 Nov 2026', '2026-11-25T10:00:00.Z', ''])(
    '%j is refused',
    (text) => {
      expect(rfc3339Ms(text)).toBeUndefined()
    },
  )
})
