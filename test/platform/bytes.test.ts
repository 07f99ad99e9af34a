import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textOf, utf8 } from '../../src/platform/bytes.ts'
import { byBuffer, byRuntime } from '../../src/platform/encoding.ts'

describe.each([
  ['by the runtime', byRuntime],
  ['by Buffer', byBuffer],
])('encodings %s', (_how, encoding) => {
  const CODECS = (['hex', 'base64', 'base64url'] as const).map((name) => {
    const { encode, decode } = encoding(name)
    return [name, encode, decode] as const
  })

  it.each(CODECS)('%s gives back the bytes that went in', (_name, write, read) => {
    const length = fc.constantFrom(0, 100, 700)
    fc.assert(
      fc.property(
        length.chain((minLength) => fc.uint8Array({ minLength, maxLength: minLength + 9 })),
        (bytes) => {
          expect(read(write(bytes))).toEqual(new Uint8Array(bytes))
        },
      ),
    )
  })

  it.each(CODECS)(
    '%s has one spelling a value: any text is refused or is what would be written',
    (_name, write, read) => {
      const nearly = fc.string({
        unit: fc.constantFrom(...'0123456789abcdefABCDEF+/-_= \n'.split('')),
        maxLength: 12,
      })
      fc.assert(
        fc.property(nearly, (text) => {
          const bytes = read(text)
          if (bytes !== undefined) expect(write(bytes)).toBe(text)
        }),
        { numRuns: 2_000 },
      )
    },
  )

  it.each([
    ['', 20],
    [' of a long text', 1_000],
  ])('no character but those of the alphabet is taken, wherever it stands%s', (_what, characters) => {
    const place = fc.nat(characters - 1)
    const strange = fc.constantFrom(...'!=\n +/-_ :@[`{\u0141\u0130'.split(''))
    fc.assert(
      fc.property(place, strange, (at, character) => {
        const text = 'a'.repeat(at) + character + 'a'.repeat(characters - 1 - at)
        for (const [name, write, read] of CODECS) {
          const bytes = read(text)
          if (bytes !== undefined) expect([name, write(bytes)]).toEqual([name, text])
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['long base64 with bits that are not used', 'base64', `${'A'.repeat(1_000)}YR==`],
    ['long base64url with bits that are not used', 'base64url', `${'A'.repeat(1_000)}YR`],
    ['long base64url with one character too many', 'base64url', `${'A'.repeat(1_000)}A`],
    ['upper-case hex', 'hex', 'AB'],
    ['an odd number of digits', 'hex', 'abc'],
    ['hex with white space', 'hex', 'ab cd'],
    ['unpadded base64', 'base64', 'YQ'],
    ['base64 padded too much', 'base64', 'YWE=='],
    ['base64 with bits that are not used', 'base64', 'YR=='],
    ['base64 with a line break', 'base64', 'YWFh\nYWFh'],
    ['base64url in place of base64', 'base64', '_-8='],
    ['base64 in place of base64url', 'base64url', '/+8'],
    ['padded base64url', 'base64url', 'YQ=='],
  ] as const)('%s is refused', (_what, name, text) => {
    expect(encoding(name).decode(text)).toBeUndefined()
  })
})

describe('text of bytes', () => {
  it('is there for well-formed UTF-8 only, and keeps a byte order mark', () => {
    expect(textOf(utf8('\uFEFFå'))).toBe('\uFEFFå')
    expect(textOf(Uint8Array.of(0x61, 0xff))).toBeUndefined()
    expect(textOf(Uint8Array.of(0xed, 0xa0, 0x80))).toBeUndefined()
  })
})
