import { describe, expect, it } from 'vitest'
import {
  addressesOf,
  canonical,
  millisecondsAt,
  secondsAt,
  utcAt,
} from '../../src/providers/shared/native.ts'

describe('times', () => {
  it.each([
    [1_606_753_101, 1_606_753_101_000],
    ['1606753101', 1_606_753_101_000],
    // Fractions of a millisecond are cut, also if a double cannot hold the number exactly.
    [1_606_753_101.331, 1_606_753_101_331],
    [1_606_753_101.9619, 1_606_753_101_961],
    ['1606753101.961181', 1_606_753_101_961],
    ['1606753101junk', undefined],
    [-1, undefined],
    [1e300, undefined],
    [Number.NaN, undefined],
    [true, undefined],
    [null, undefined],
  ])('in Unix seconds: %s is %s', (seconds, expected) => {
    expect(secondsAt({ at: seconds }, 'at')).toBe(expected)
  })

  it.each([
    [1_606_753_101_331, 1_606_753_101_331],
    [1_606_753_101_331.9, 1_606_753_101_331],
    ['1606753101331', undefined],
    [-1, undefined],
    [1e300, undefined],
    [Number.NaN, undefined],
    [null, undefined],
  ])('in Unix milliseconds: %s is %s', (milliseconds, expected) => {
    expect(millisecondsAt({ at: milliseconds }, 'at')).toBe(expected)
  })

  it.each([
    ['2015-11-30 15:09:42', '2015-11-30T15:09:42.000Z'],
    ['2015-11-30T15:09:42.5', '2015-11-30T15:09:42.500Z'],
    ['2015-11-30T15:09:42Z', '2015-11-30T15:09:42.000Z'],
    ['2015-11-30T15:09:42+02:00', '2015-11-30T13:09:42.000Z'],
    ['2015-11-30', undefined],
    ['30.11.2015 15:09:42', undefined],
    ['2015-13-30 15:09:42', undefined],
    ['', undefined],
    [1_448_896_182, undefined],
  ])('in UTC without a zone: %s is %s', (text, expected) => {
    const ms = utcAt({ at: text }, 'at')
    expect(ms === undefined ? undefined : new Date(ms).toISOString()).toBe(expected)
  })
})

describe('lists of addresses', () => {
  it.each([
    ['ada@example.com', ['ada@example.com']],
    ['ada@example.com, Bo <bo@example.com>', ['ada@example.com', 'bo@example.com']],
    ['"Lovelace, Ada" <ada@example.com>,bo@example.com', ['ada@example.com', 'bo@example.com']],
    ['"unclosed <ada@example.com>, bo@example.com', ['ada@example.com', 'bo@example.com']],
    ['undisclosed-recipients:;', []],
    [',, ,', []],
    ['', []],
    [undefined, []],
  ])('%s', (text, expected) => {
    expect(addressesOf(text)).toEqual(expected)
  })
})

describe('canonical JSON', () => {
  it.each([
    ['{"b":1,"a":[{"d":null,"c":"x"}]}', '{"a":[{"c":"x","d":null}],"b":1}'],
    // As text: an object would hold numbers first, and by their value.
    ['{"9":1,"10":2,"!":3}', '{"!":3,"10":2,"9":1}'],
    ['{"__proto__":{"b":1},"a":"\\u00e9"}', '{"__proto__":{"b":1},"a":"é"}'],
    ['[]', '[]'],
    ['"x"', '"x"'],
  ])('of %s', (text, expected) => {
    expect(canonical(JSON.parse(text))).toBe(expected)
  })
})
