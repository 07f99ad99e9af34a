import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteSequences, innerLists } from '../../src/platform/structured-fields.ts'
import { anyText } from '../support/any-text.ts'

const listed = (text: string) =>
  [...(innerLists(text) ?? [])].map(([key, { items, parameters, text: whole }]) => [
    key,
    whole,
    items,
    [...parameters],
  ])

describe('a dictionary of inner lists', () => {
  it.each<[string, unknown[]]>([
    ['sig=()', [['sig', '()', [], []]]],
    ['sig=("a")', [['sig', '("a")', ['"a"'], []]]],
    ['sig=("a" "b");created=16;alg="x"', [['sig', '("a" "b");created=16;alg="x"', ['"a"', '"b"'], [['created', 16], ['alg', 'x']]]]],
    ['*a_1.b-c*=("a")', [['*a_1.b-c*', '("a")', ['"a"'], []]]],
    ['a=("x"), b=("y");n=-1', [['a', '("x")', ['"x"'], []], ['b', '("y");n=-1', ['"y"'], [['n', -1]]]]],
    ['a=("x"),b=("y")', [['a', '("x")', ['"x"'], []], ['b', '("y")', ['"y"'], []]]],
    // Syntax inside of a string is text.
    ['a=("),b=(" "c");k=";x=1, \\"\\\\"', [['a', '("),b=(" "c");k=";x=1, \\"\\\\"', ['"),b=("', '"c"'], [['k', ';x=1, "\\']]]]],
    ['a=("@query-param";name="Pet" "d";req)', [['a', '("@query-param";name="Pet" "d";req)', ['"@query-param";name="Pet"', '"d";req'], []]]],
    ['a=("x");flag', [['a', '("x");flag', ['"x"'], [['flag', true]]]]],
  ])('is read: %s', (text, expected) => expect(listed(text)).toEqual(expected)) // prettier-ignore

  it.each([
    '',
    ' a=("x")',
    'a=("x") ',
    'a=("x"),',
    'a=("x"), ',
    ',a=("x")',
    'a=("x");;b',
    'a=("x")b=("y")',
    'a=("x"), a=("y")',
    'a=("x");n=1;n=1',
    'a=("x") ;n=1',
    'a=("x"); n=1',
    'a=( "x")',
    'a=("x" )',
    'a=("x"  "y")',
    'a=("x""y")',
    'a=(x)',
    'a=("x',
    'a="x"',
    'a',
    'A=("x")',
    '1=("x")',
    'a=("x");n=1.5',
    'a=("x");n=1234567890123456',
    'a=("x");n=:AA==:',
    'a=("é")',
    'a=("x\t")',
    'a=("\\x")',
    'a=("x")\n',
  ])('has one spelling, which is not: %j', (text) => expect(innerLists(text)).toBeUndefined())
})

describe('a dictionary of byte sequences', () => {
  it.each([
    ['sig=:AAEC:', { sig: 'AAEC' }],
    ['sha-256=:AA==:, sha-512=:AQ==:', { 'sha-256': 'AA==', 'sha-512': 'AQ==' }],
    ['sig=::', { sig: '' }],
  ])('is read: %s', (text, expected) =>
    expect(Object.fromEntries(byteSequences(text) ?? [])).toEqual(expected),
  )

  it.each(['', 'sig=AAEC', 'sig=:AAEC', 'sig=:AA-_:', 'sig=:AA EC:', 'sig=:AAEC:;p=1', 'a=:AA==:, a=:AA==:', 'a=:AA==:,'])(
    'has one spelling, which is not: %j',
    (text) => expect(byteSequences(text)).toBeUndefined(),
  ) // prettier-ignore
})

describe('any text', () => {
  it('gives a dictionary or nothing, in linear time', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 200 }), (text) => {
        innerLists(text)
        byteSequences(text)
      }),
    )
    for (const part of ['a=("x"),', '"', '("', ';a', ';a="', '\\', ' "x"', 'a=(', ':AA'])
      expect(innerLists(`a=("x"${part.repeat(100_000)}`)).toBeUndefined()
  })
})
