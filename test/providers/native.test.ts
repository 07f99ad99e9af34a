import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressOf,
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

const ADA = 'ada@example.com'

describe('the address of one person', () => {
  it.each([
    [ADA],
    [`  ${ADA}\r\n`],
    [`<${ADA}>`],
    [`Ada <${ADA}>`],
    [`Ada Lovelace\r\n <${ADA}>`],
    [`"Lovelace, Ada" <${ADA}>`],
    [`"Ada \\"the Countess\\" Lovelace; (London)" <${ADA}>`],
    [`=?utf-8?Q?Ada?= <${ADA}>`],
    [`Ada @ Work <${ADA}>`],
    [`"ceo@bank.example" <${ADA}>`],
    [`'${ADA}' <${ADA}>`],
    [`${ADA} <${ADA}>`],
    [`${ADA} (Lovelace, Ada)`],
    [`(old) Ada <${ADA}> (private)`],
    [`"${ADA}"`],
    [`'${ADA}'`],
    [`"${ADA}" <'${ADA}'>`],
    [`mailto:${ADA}`],
    [`MAILTO:${ADA}?subject=unsubscribe`],
    ['mailto:ada%40example.com'],
    [`<mailto:${ADA}>`],
    [`${ADA},`],
    [`${ADA}, Ada <${ADA}>`],
  ])('is found in %j', (text) => {
    expect(addressOf(text)).toBe(ADA)
  })

  it.each([
    // As it is written: local parts may tell upper case from lower case.
    'Ada.Lovelace@Example.COM',
    'grüße@bücher.example',
    '用户@例子.广告',
    'ada@xn--bcher-kva.example',
    "o'brien+news@example.com",
    'ada..lovelace@example.com',
    'bounce+ada=example.com@example.net',
    'root@localhost',
    'ada@[192.0.2.1]',
    'ada@[IPv6:2001:db8::1]',
    '"ada lovelace"@example.com',
    '"ada, bo@example.net"@example.com',
    '"a\\"b"@example.com',
    '+4917612345678@sms.example.com',
  ])('stays as it is: %s', (text) => {
    expect(addressOf(text)).toBe(text)
    expect(addressOf(`Ada <${text}>`)).toBe(text)
  })

  it.each([
    [undefined],
    [''],
    [' '],
    ['<>'],
    ['<<>>'],
    ['+49 176 12345678'],
    ['4917612345678'],
    ['01HZ2MAZJ4'],
    ['Ada Lovelace'],
    ['undefined'],
    ['@example.com'],
    ['ada@'],
    ['ada@@example.com'],
    ['ada@bo@example.com'],
    ['ada@example..com'],
    ['ada @ example.com'],
    ['ada\0@example.com'],
    ['ada@example.com\u202E'],
    [`${'a'.repeat(400)}@example.com`],
    [`<${ADA}`],
    [`"Ada <${ADA}>`],
    [`Ada (<${ADA}>`],
    [`${ADA}, bo@example.com`],
    [`${ADA};bo@example.com`],
    [`${ADA} bo@example.com`],
    [`Ada <${ADA}>, Bo <bo@example.com>`],
    [`<${ADA}> <bo@example.com>`],
    [`bo@example.com <${ADA}>`],
    [`${ADA}, +4917612345678`],
    [`<${ADA},bo@example.com>`],
    [`"${ADA}, bo@example.com"`],
    [`mailto:${ADA}?cc=bo%40example.com`],
    [`mailto:${ADA}%2Cbo@example.com`],
    ['mailto:%ff@example.com'],
    [`Friends: ${ADA};`],
    ['undisclosed-recipients:;'],
  ])('is not in %j', (text) => {
    expect(addressOf(text)).toBeUndefined()
  })

  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'ada',
          ADA,
          '@',
          '<',
          '>',
          '"',
          "'",
          '\\',
          '(',
          ')',
          ',',
          ';',
          ':',
          ' ',
          '.',
          'mailto:',
          '%',
          '?',
          '\n',
          '[',
          ']',
          '\0',
          '\u202E',
          '\uD800',
          'ü',
          '+49',
        ),
        fc.string({ unit: 'binary', maxLength: 5 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''))

  it('is one address or nothing, for any text, and the same if it is read again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const address = addressOf(text)
        if (address === undefined) return
        expect(address).toMatch(/^(?:[^\s@<>,;]+|"[^\r\n]+")@[^\s@<>,;"]+$/)
        expect(addressOf(address)).toBe(address)
        expect(addressesOf(text)).toContain(address)
      }),
      { numRuns: 5_000 },
    )
  })

  // With quadratic work, each takes an hour.
  it.each([
    '<', '"', '(', ',', '"\\', '<"', '(<', '@', '<a@b.c>', '"a"', "'", 'mailto:', ' ', '<a> ', 'a.', '[', '%', '("<',
  ])('is not looked for again and again in a long text: %j', (part) => {
    const text = part.repeat(Math.ceil(2_000_000 / part.length))
    expect([addressOf(text), addressOf(`"${text}`), addressOf(`${text}"`)]).not.toContain(text)
  }) // prettier-ignore
})

describe('lists of addresses', () => {
  it.each([
    ['ada@example.com', ['ada@example.com']],
    ['ada@example.com, Bo <bo@example.com>', ['ada@example.com', 'bo@example.com']],
    ['"Lovelace, Ada" <ada@example.com>,bo@example.com', ['ada@example.com', 'bo@example.com']],
    ['ada@example.com; bo@example.com;', ['ada@example.com', 'bo@example.com']],
    ['ada@example.com, +4917612345678', ['ada@example.com']],
    // Where it ends is not known, so nobody knows who is in it.
    ['"unclosed <ada@example.com>, bo@example.com', []],
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
