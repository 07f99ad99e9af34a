import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEnvelopeAddress } from '../../src/addresses/syntax.ts'

const long = (count: number) => 'a'.repeat(count)

describe('the envelope form of an address', () => {
  it.each([
    ['ada@example.com', 'ada', 'example.com'],
    ['Ada@EXAMPLE.com', 'Ada', 'example.com'],
    ['ada+news@example.com', 'ada+news', 'example.com'],
    ["o'neil.{x}@example.com", "o'neil.{x}", 'example.com'],
    ['"ada lovelace"@example.com', '"ada lovelace"', 'example.com'],
    ['"a\\"b"@example.com', '"a\\"b"', 'example.com'],
    ['ada@bücher.example', 'ada', 'xn--bcher-kva.example'],
    [`${long(64)}@example.com`, long(64), 'example.com'],
    [`a@${long(63)}.example`, 'a', `${long(63)}.example`],
  ])('%s is read', (address, local, domain) =>
    expect(readEnvelopeAddress(address)).toEqual({ local, domain, isInternational: false }),
  )

  it('takes local parts of other scripts, and says so', () =>
    expect(readEnvelopeAddress('用户@example.com')).toMatchObject({ isInternational: true }))

  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@example',
    '.ada@example.com',
    'ada.@example.com',
    'a..b@example.com',
    'a b@example.com',
    'ada(comment)@example.com',
    '"ada@example.com',
    '"a"b"@example.com',
    'ada@[192.0.2.1]',
    'ada@192.0.2.1',
    'ada@0x7f.1',
    'ada@exa_mple.com',
    'ada@-example.com',
    'ada@example-.com',
    'ada@example..com',
    'ada@example.com.',
    'ada@example.com:25',
    'ada@example.com/x',
    'ada@ex ample.com',
    'ada@example.123',
    `${long(65)}@example.com`,
    `${'ü'.repeat(33)}@example.com`,
    `a@${long(64)}.example`,
    `${long(60)}@${`${long(60)}.`.repeat(4)}com`,
    'ada\n@example.com',
    'ada\u0000@example.com',
    'a\u00a0b@example.com',
    '\ud800@example.com',
  ])('%j is refused', (address) => expect(readEnvelopeAddress(address)).toBeUndefined())

  it('never throws, and what it reads has a sound form', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.emailAddress(),
          fc.string().map((s) => `${s}@${s}.com`),
        ),
        (text) => {
          const read = readEnvelopeAddress(text)
          if (read === undefined) return
          expect(read.domain).toMatch(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/)
          expect(text.startsWith(`${read.local}@`)).toBe(true)
          expect(readEnvelopeAddress(`${read.local}@${read.domain}`)).toEqual(read)
        },
      ),
    ))
})
