import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rfc3339Ms, toInstant, unixSeconds } from '../../src/platform/time.ts'

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
    ['2026-11-25T10:00:00.907Z', '2026-11-25T10:00:00.907Z'],
    ['2026-11-25T10:00:00.9070259Z', '2026-11-25T10:00:00.907Z'],
    ['2026-11-25T10:00:00.1+02:00', '2026-11-25T08:00:00.100Z'],
    ['2026-11-25t10:00:00z', '2026-11-25T10:00:00.000Z'],
  ])('%s is read', (text, instant) => {
    expect(new Date(rfc3339Ms(text) ?? NaN).toISOString()).toBe(instant)
  })

  it('are parsed as they are formatted', () => {
    const times = fc.date({
      min: new Date('0000-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(times, (time) => {
        expect(rfc3339Ms(toInstant(time.getTime()))).toBe(time.getTime())
      }),
    )
  })

  it('are equal with `Z` and with a numeric zone, and are refused together', () => {
    const two = fc.nat(99).map((n) => String(n).padStart(2, '0'))
    fc.assert(
      fc.property(fc.nat(9_999), fc.nat(999), fc.tuple(two, two, two, two, two), (year, ms, parts) => {
        const [month, day, hour, minute, second] = parts
        const text = `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}.${String(ms).padStart(3, '0')}`
        expect(rfc3339Ms(`${text}Z`)).toBe(rfc3339Ms(`${text}+00:00`))
      }),
    )
  })

  it.each([
    '2026-11-25',
    '2026-13-25T10:00:00.000Z',
    '2026-11-25T10:61:00.000Z',
    '2026-11-25T10:00:00.000',
    '2026-13-25T10:00:00Z',
    '25 Nov 2026',
    '2026-11-25T10:00:00.Z',
    '',
  ])('%j is refused', (text) => {
    expect(rfc3339Ms(text)).toBeUndefined()
  })
})
