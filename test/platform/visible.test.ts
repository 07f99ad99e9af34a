import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { visible, visibleJson, visibleText } from '../../src/platform/visible.ts'
import { anyText } from '../support/any-text.ts'

describe('untrusted text made visible', () => {
  it.each([
    ['plain text', 'Ada <ada@example.com> & co', 'Ada <ada@example.com> & co'],
    ['letters of other scripts', 'Ωμέγα 日本 שלום', 'Ωμέγα 日本 שלום'],
    ['an ANSI sequence', 'a\u001B[31mred', 'a[U+001B][31mred'],
    ['a bell and NUL', '\u0007\0', '[U+0007][U+0000]'],
    ['a C1 control', '\u009Bm', '[U+009B]m'],
    ['line breaks', 'a\r\nb', 'a[U+000D][U+000A]b'],
    ['a bidirectional override', 'gpj.\u202Eexe', 'gpj.[U+202E]exe'],
    ['isolates', '\u2066x\u2069', '[U+2066]x[U+2069]'],
    ['characters without width', 'pay\u200Bpal\uFEFF\u00AD', 'pay[U+200B]pal[U+FEFF][U+00AD]'],
    ['line and paragraph separators', '\u2028\u2029', '[U+2028][U+2029]'],
    ['tag characters', 'x\u{E0041}', 'x[U+E0041]'],
    ['half of a surrogate pair', 'x\uD800', 'x[U+D800]'],
    ['a filler that looks like nothing', '\u3164', '[U+3164]'],
  ])('%s', (_what, text, expected) => {
    expect(visibleText(text)).toBe(expected)
  })

  it('is cut between code points', () => {
    expect(visibleText('😀😀😀', 2)).toBe('😀😀…')
    expect(visibleText('ab', 2)).toBe('ab')
  })

  it('contains no control or invisible characters, for any text', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const shown = visible(text)
          .map((stretch) => ('text' in stretch ? stretch.text : ''))
          .join('')
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})

describe('JSON with untrusted text', () => {
  it('parses to the same value, and contains no control characters', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const shown = visibleJson(JSON.stringify(value, null, 2))
        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})
