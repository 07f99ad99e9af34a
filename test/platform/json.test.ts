import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/platform/bytes.ts'
import { parseJson, parseJsonText, parseUnverified } from '../../src/platform/json.ts'

describe('untrusted JSON', () => {
  it('equals JSON.parse, except for long numbers', () => {
    const json = fc.json({ maxDepth: 8 }).filter((text) => !/[0-9]{16}/.test(text))
    fc.assert(
      fc.property(json, (text) => {
        expect(parseJson(utf8(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('keeps all digits of an integer above 2^53, and rounds nothing silently', () => {
    expect(
      parseJsonText('{"id": 19421777835146490, "small": 12345678, "ratio": 0.12345678901234567}'),
    ).toEqual({
      id: '19421777835146490',
      small: 12_345_678,
      ratio: Number('0.12345678901234567'),
    })
  })

  it('rounds numbers in unverified JSON, and refuses the same texts otherwise', () => {
    expect(parseUnverified(utf8('{"id": 19421777835146490, "token": "a"}'))).toEqual({
      id: Number('19421777835146490'),
      token: 'a',
    })
    for (const text of ['', '[1,]', '['.repeat(65) + ']'.repeat(65)])
      expect(parseUnverified(utf8(text))).toBeUndefined()
    expect(parseUnverified(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined()
  })

  it('looks for numbers only outside of strings', () => {
    const text = '["1e400 12345678901234567890 \\"", 12345678901234567890, 1.5e3]'
    expect(parseJsonText(text)).toEqual(['1e400 12345678901234567890 "', '12345678901234567890', 1_500])
  })

  it.each([
    ['nothing', ''],
    ['a number past every double', '1e400'],
    ['one with a fraction, a sign and a capital letter', '{"a": [-1.5E+0400]}'],
    ['one written out', `[${'9'.repeat(400)}]`],
    ['one among long numbers', '[1e400, 12345678901234567890]'],
    ['one behind a string with a quote', '["\\"e1", 1e400]'],
    ['nesting past 64', '['.repeat(65) + ']'.repeat(65)],
    ['a comma too many', '[1,]'],
    ['two values', '1 2'],
  ])('does not read %s', (_what, text) => {
    expect(parseJsonText(text)).toBeUndefined()
  })

  it.each([
    ['an escaped quote', '"\\"', true],
    ['an escaped backslash', '"\\\\', false],
    ['an escaped backslash and an escaped quote', '"\\\\\\"', true],
  ])('knows where a string ends that has %s', (_what, start, goesOn) => {
    const brackets = '['.repeat(65) + ']'.repeat(65)
    expect(parseJsonText(goesOn ? `[${start}${brackets}"]` : `[${start}",${brackets}]`)).toEqual(
      goesOn ? [`${JSON.parse(`${start}"`) as string}${brackets}`] : undefined,
    )
    // Unless there are too many, brackets after its end are no more than brackets.
    if (!goesOn) expect(parseJsonText(`[${start}",[[]]]`)).toEqual([JSON.parse(`${start}"`), [[]]])
  })

  it('counts depth only outside of strings', () => {
    expect(parseJsonText(JSON.stringify('['.repeat(100) + '\\"'))).toBe('['.repeat(100) + '\\"')
    expect(parseJsonText('['.repeat(64) + ']'.repeat(64))).toBeDefined()
  })

  it('changes no prototype', () => {
    const parsed = parseJsonText('{"__proto__": {"polluted": true}}')
    expect(Object.hasOwn(parsed as object, '__proto__')).toBe(true)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
