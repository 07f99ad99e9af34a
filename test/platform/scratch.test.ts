import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, fromBase64Url, toBase64Url, toHex, utf8 } from '../../src/platform/bytes.ts'
import { Scratch } from '../../src/platform/scratch.ts'

/** Some of what is attempted fits in, some does not. */
const scratch = new Scratch(24)

const copied = (bytes: Uint8Array | undefined) => bytes && new Uint8Array(bytes)

describe('lent memory', () => {
  it('holds what memory of its own would hold: text', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(text, (text) => {
        expect(copied(scratch.utf8(text))).toEqual(utf8(text))
      }),
    )
  })

  it('holds what memory of its own would hold: parts', () => {
    const part = fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const bytes = parts.map((part) => (typeof part === 'string' ? utf8(part) : part))
        expect(copied(scratch.join(parts))).toEqual(concat(bytes))
      }),
    )
  })

  it.each([
    ['any bytes', fc.uint8Array({ maxLength: 40 }).map(toBase64Url)],
    [
      'nearly base64url',
      fc.string({ unit: fc.constantFrom(...'AQgw9_-+/= \n\t\u0141'.split('')), maxLength: 40 }),
    ],
    ['any text', fc.string({ unit: 'binary', maxLength: 40 })],
  ])('reads base64url as strictly: %s', (_what, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(copied(fromBase64Url(text, scratch.lend))).toEqual(fromBase64Url(text))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['white space for a character', 'AAA ', 'AA A', '\nAAAA'],
    ['padding', 'AA==', 'AAA=', 'AAAA===='],
    ['a length that there is not', 'A', 'AAAAA'],
    ['bits that nothing is made of', 'AB', 'AAB', 'AAAAAB'],
    ['the other alphabet', 'AA+A', 'AA/A'],
  ])('refuses %s', (_what, ...texts) => {
    for (const text of texts) expect([text, fromBase64Url(text, scratch.lend)]).toEqual([text, undefined])
  })

  it.each([3, 120_000])('may be used again as soon as WebCrypto was asked: %i bytes', async (size) => {
    const lent = new Scratch(size)
    const texts = ['a', 'b'].map((letter) => letter.repeat(size))
    const key = await crypto.subtle.importKey(
      'raw',
      new Uint8Array(32),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign', 'verify'],
    )
    const tags = await Promise.all(texts.map((text) => crypto.subtle.sign('HMAC', key, utf8(text))))
    const answers = await Promise.all(
      texts.map((text, i) =>
        crypto.subtle.verify('HMAC', key, tags[i] ?? new ArrayBuffer(0), lent.join([text])),
      ),
    )
    expect(answers).toEqual([true, true])
    const digests = (memory: (text: string) => Bytes) =>
      Promise.all(
        texts.map(async (text) => toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', memory(text))))),
      )
    expect(await digests((text) => lent.join([text]))).toEqual(await digests(utf8))
  })
})
