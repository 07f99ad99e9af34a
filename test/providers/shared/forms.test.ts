import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textOf, utf8 } from '../../../src/platform/bytes.ts'
import { formFields, lastField, onlyValue } from '../../../src/providers/shared/forms.ts'

const URL_ENCODED = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data; boundary=xYz'

const part = (name: string, value: string, more = '') =>
  `--xYz\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
const multipart = (...parts: readonly string[]) => `${parts.join('')}--xYz--\r\n`

const fields = (text: string, contentType: string | null) => formFields(utf8(text), contentType)

describe('form fields', () => {
  it.each([
    ['URL-encoded', 'a=1&b=x+y%40z&a=2&c', URL_ENCODED],
    [
      'URL-encoded with parameters in the type',
      'a=1&b=x+y%40z&a=2&c=',
      `${URL_ENCODED.toUpperCase()}; charset=utf-8`,
    ],
    ['multipart', multipart(part('a', '1'), part('b', 'x y@z'), part('a', '2'), part('c', '')), MULTIPART],
    [
      'multipart with a quoted boundary and a preamble',
      `to be ignored\r\n${multipart(part('a', '1'), part('b', 'x y@z'), part('a', '2'), part('c', ''))}trailer`,
      'Multipart/Form-Data; charset=utf-8; boundary="xYz"',
    ],
  ])('of a %s body, in order, repeated ones too', (_what, text, contentType) => {
    expect(fields(text, contentType)).toEqual([
      ['a', '1'],
      ['b', 'x y@z'],
      ['a', '2'],
      ['c', ''],
    ])
  })

  it('keep line breaks and boundary-like text inside a value', () => {
    expect(fields(multipart(part('a', 'one\r\ntwo--xYz\n')), MULTIPART)).toEqual([['a', 'one\r\ntwo--xYz\n']])
  })

  it('skip files and parts without a name', () => {
    const file = part('f', 'bytes', '; filename="a.txt"').replace(
      '\r\n\r\n',
      '\r\nContent-Type: text/plain\r\n\r\n',
    )
    const nameless = '--xYz\r\nContent-Disposition: form-data\r\n\r\nx\r\n'
    expect(fields(multipart(file, nameless, part('a', '1')), MULTIPART)).toEqual([['a', '1']])
  })

  it('give the last value of a repeated name', () => {
    const found = fields('a=1&b=2&a=3', URL_ENCODED) ?? []
    expect([lastField(found, 'a'), lastField(found, 'z')]).toEqual(['3', undefined])
  })

  it.each([
    ['another type', 'a=1', 'application/json'],
    ['no type', 'a=1', null],
    ['no boundary', multipart(part('a', '1')), 'multipart/form-data'],
    ['an overlong boundary', multipart(part('a', '1')), `multipart/form-data; boundary=${'x'.repeat(71)}`],
    ['another boundary', multipart(part('a', '1')), 'multipart/form-data; boundary=zzz'],
    ['a body that ends early', multipart(part('a', '1')).slice(0, -4), MULTIPART],
    ['too many fields', 'a&'.repeat(1_001), URL_ENCODED],
    ['too many parts', multipart(part('a', '1').repeat(1_001)), MULTIPART],
  ])('are none of a body with %s', (_what, text, contentType) => {
    expect(fields(text, contentType)).toBeUndefined()
  })

  it('are undefined for bytes that are not UTF-8', () => {
    expect(formFields(new Uint8Array([0x61, 0x3d, 0xff]), URL_ENCODED)).toBeUndefined()
  })

  it('are parsed as they were written, for any text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 20 }), (pairs) => {
        const encoded = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()
        expect(fields(encoded, URL_ENCODED)).toEqual(pairs)
      }),
    )
  })

  it('never throw, for any bytes and type', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc
            .array(fc.constantFrom('--xYz', '--', '\r\n', 'name="a"', 'Content-Disposition: form-data;', 'v'))
            .map((parts) => utf8(parts.join(''))),
        ),
        fc.oneof(fc.constantFrom(URL_ENCODED, MULTIPART, null), fc.string()),
        (body, contentType) => {
          expect([undefined, 'object']).toContain(
            formFields(body, contentType) === undefined ? undefined : typeof formFields(body, contentType),
          )
        },
      ),
    )
  })

  it('take no time to speak of for a body of boundaries alone', () => {
    const started = performance.now()
    expect(fields('\r\n--xYz'.repeat(150_000), MULTIPART)).toBeUndefined()
    expect(fields(`${part('a', '1')}${'\r\n'.repeat(500_000)}`, MULTIPART)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('the only value of a form', () => {
  it.each([
    ['a=1', '1'],
    ['a=', ''],
    ['=', ''],
    ['a=x+y%20z%2B%2b', 'x y z++'],
    ['a=%C3%A1%c3%a1', 'áá'],
    ['a=á', 'á'],
    ['a=1&b=2', '1&b=2'],
    ['a==', '='],
    ['', undefined],
    ['a', undefined],
    ['a=%', undefined],
    ['a=%4', undefined],
    ['a=%4g', undefined],
    ['a=%g4', undefined],
    ['a=%%41', undefined],
  ])('%j', (body, value) => {
    const found = onlyValue(utf8(body))
    expect(found === undefined ? undefined : textOf(found)).toBe(value)
  })

  it('may be any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
        expect([...(onlyValue(utf8(`data=${escaped}`)) ?? [])]).toEqual([...bytes])
      }),
    )
  })
})
