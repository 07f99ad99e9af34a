import { describe, expect, it } from 'vitest'
import { JWT_ALGORITHMS } from '../../../src/gateway/authenticate/jwt-algorithms.ts'
import { readHeader, tokenProblem } from '../../../src/gateway/authenticate/verify-token.ts'
import { toBase64Url, utf8 } from '../../../src/platform/bytes.ts'
import { NOW_SECONDS } from './making.ts'
import { CLAIMS, hs, token } from './tokens.ts'

const KEY = crypto.randomUUID()

async function problemUnder(alg: string, text: string): Promise<string | undefined> {
  const params = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', utf8(KEY), params, false, ['verify'])
  return tokenProblem(text, key, { alg, typ: undefined }, undefined, NOW_SECONDS)
}

describe('a signed token', () => {
  it.each([...JWT_ALGORITHMS.keys()])('of %s is verified by a key of that algorithm only', async (alg) => {
    const text = await token({ alg }, CLAIMS, hs(KEY))
    expect(await problemUnder(alg, text)).toBe(alg === 'HS256' ? undefined : 'signature')
  })

  it('is verified with the algorithm of the source, not with its own', async () => {
    const text = await token({ alg: 'HS256' }, CLAIMS, hs(KEY))
    expect(await problemUnder('RS256', text)).toBe('signature')
  })

  it.each([
    ['no JSON', 'x', 'malformed'],
    ['a list', '[]', 'malformed'],
    ['a text', '"x"', 'malformed'],
    ['a time that no double holds', `{"iat":1,"nbf":1,"exp":1e400}`, 'exp'],
  ])('is refused whose payload is %s', async (_what, payload, problem) => {
    expect(await problemUnder('HS256', await token({ alg: 'HS256' }, payload, hs(KEY)))).toBe(problem)
  })

  it('has its signature verified before its claims are read', async () => {
    expect(await problemUnder('HS256', await token({ alg: 'HS256' }, 'x', hs('another key')))).toBe(
      'signature',
    )
  })
})

describe('the header of a token', () => {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  /** Parts of 3n bytes and some more: with 1 more, four bits of the last character are unused; with 2 more, two bits. */
  const partsWith = (more: number) =>
    ['{"alg":"HS256"}', 'payload', 'signature'].map((text) => toBase64Url(utf8(text.padEnd(15 + more))))

  it.each<[what: string, more: readonly number[], spell: (part: string) => string]>([
    ['padding', [0, 1, 2], (part) => `${part}=`],
    ['padding twice', [0, 1, 2], (part) => `${part}==`],
    ['a line break after it', [0, 1, 2], (part) => `${part}\n`],
    ['a space before it', [0, 1, 2], (part) => ` ${part}`],
    ['a space in it', [0, 1, 2], (part) => `${part.slice(0, 4)} ${part.slice(4)}`],
    ['characters of base64', [0, 1, 2], (part) => `${part.slice(0, -4)}+/+/`],
    ['one character too many', [0], (part) => `${part}A`],
    ...[1, 2, 4, 8].map((bit): [string, number[], (part: string) => string] => [
      `the unused bit ${bit} set`,
      bit < 4 ? [1, 2] : [1],
      (part) => part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1) ?? '') + bit],
    ]),
  ])('is read of no token that has a part with %s', (_what, more, spell) => {
    for (const parts of more.map(partsWith)) {
      expect(readHeader(parts.join('.'))).toEqual({ alg: 'HS256' })
      for (const [at, part] of parts.entries())
        expect([at, readHeader(parts.with(at, spell(part)).join('.'))]).toEqual([at, undefined])
    }
  })

  it('is read of no token with another number of parts, though the same header was read before', () => {
    const [header = '', ...others] = partsWith(1)
    expect(readHeader([header, ...others].join('.'))).toEqual({ alg: 'HS256' })
    for (const rest of [[], ['AA'], ['AA', 'AA', 'AA'], ['AA', 'AA', 'AA', 'AA']])
      expect([rest, readHeader([header, ...rest].join('.'))]).toEqual([rest, undefined])
  })

  it('is its own for each token', () => {
    const headers = Array.from({ length: 200 }, (_, at) => ({ alg: 'HS256', kid: `key ${at}` }))
    for (const header of [...headers, ...headers])
      expect(readHeader(`${toBase64Url(utf8(JSON.stringify(header)))}.AA.AA`)).toEqual(header)
  })
})
