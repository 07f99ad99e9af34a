import { describe, expect, it } from 'vitest'
import { JWT_ALGORITHMS } from '../../../src/gateway/authenticate/jwt-algorithms.ts'
import { readHeader, tokenProblem } from '../../../src/gateway/authenticate/verify-token.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
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
  it('is read from canonical base64url only', async () => {
    const text = await token({ alg: 'HS256' }, CLAIMS, hs(KEY))
    expect(readHeader(text)).toEqual({ alg: 'HS256' })
    const parts = text.split('.')
    const spellings = [
      // Of the last character of 32 bytes two bits are unused.
      (part: string) => part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1),
      (part: string) => `${part}=`,
      (part: string) => `${part}\n`,
      (part: string) => ` ${part}`,
      (part: string) => `${part}+`,
    ]
    for (const [i, spell] of spellings.entries())
      for (const at of i === 0 ? [2] : [0, 1, 2])
        expect([i, at, readHeader(parts.with(at, spell(parts[at] ?? '')).join('.'))]).toEqual([
          i,
          at,
          undefined,
        ])
  })
})
