import { describe, expect, it } from 'vitest'
import { createJwt } from '../../../src/gateway/authenticate/jwt.ts'
import type { SchemeContext } from '../../../src/gateway/authenticate/scheme.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import type { JwtCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import type { JwtSetting } from '../../../src/providers/shared/provider.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { NOW_SECONDS, contextWith, textSecret } from './making.ts'
import { STANDARD_TOKENS } from './standard-tokens.ts'
import { describeScheme } from './suite.ts'
import { CLAIMS, type Claims, type Sign, PAIR_ALGORITHMS, hs, issuer, jwkPair, token } from './tokens.ts'

const credentialsOf = (text: string): JwtCredentials => ({
  scheme: 'jwt',
  slots: ['jwt', 'jwks_url'],
  token: text,
  identity: [utf8('{}')],
  coversBody: false,
})

const SECRET = 'jwt-secret-0123456789-0123456789'
const HS256 = { alg: 'HS256', typ: 'JWT' }
const JWKS_URL: Secret = { kind: 'jwks-url', url: 'https://issuer.example/.well-known/jwks.json' }

async function judge(
  text: string,
  secrets: readonly Secret[] = [textSecret(SECRET)],
  jwt?: JwtSetting,
  change: Partial<SchemeContext> = {},
) {
  const context = contextWith(secrets, { settings: { jwt }, ...change })
  const outcome = await createJwt().verify(credentialsOf(text), context)
  return outcome.ok ? 'passed' : 'problem' in outcome.refusal ? outcome.refusal.problem : outcome.refusal.code
}

describeScheme<JwtCredentials>({
  title: 'JWT HS256',
  scheme: createJwt(),
  encoding: 'base64url',
  codes: ['token_invalid', 'proof_malformed'],
  presented: (credentials) => credentials.token,
  present: (credentials, text) => ({ ...credentials, token: text }),
  async valid() {
    const secret = crypto.randomUUID()
    return { credentials: credentialsOf(await token(HS256, CLAIMS, hs(secret))), secret: textSecret(secret) }
  },
})

describe('the claims of a token', () => {
  const judgeClaims = async (change: Claims, jwt?: JwtSetting) =>
    judge(await token(HS256, { ...CLAIMS, ...change }, hs(SECRET)), undefined, jwt)

  it.each<[string, Claims, string]>([
    ['no exp', { exp: undefined }, 'exp'],
    ['no iat', { iat: undefined }, 'iat'],
    ['no nbf', { nbf: undefined }, 'nbf'],
    ['exp as text', { exp: String(NOW_SECONDS + 300) }, 'exp'],
    ['iat as text', { iat: 'now' }, 'iat'],
    ['nbf as null', { nbf: null }, 'nbf'],
    ['exp at the end of the tolerance', { exp: NOW_SECONDS - 59 }, 'passed'],
    ['exp past the tolerance', { exp: NOW_SECONDS - 60 }, 'expired'],
    ['nbf at the end of the tolerance', { nbf: NOW_SECONDS + 60 }, 'passed'],
    ['nbf past the tolerance', { nbf: NOW_SECONDS + 61 }, 'nbf'],
    ['iat at the end of the tolerance', { iat: NOW_SECONDS + 60 }, 'passed'],
    ['iat past the tolerance', { iat: NOW_SECONDS + 61 }, 'iat'],
    ['claims of its own', { sub: 'sender', roles: ['x'] }, 'passed'],
  ])('with %s', async (_what, change, expected) => {
    expect(await judgeClaims(change)).toBe(expected)
  })

  it('have the tolerance that the source sets', async () => {
    const jwt = { clockToleranceSeconds: 0 }
    expect(await judgeClaims({ exp: NOW_SECONDS + 1 }, jwt)).toBe('passed')
    expect(await judgeClaims({ exp: NOW_SECONDS }, jwt)).toBe('expired')
    expect(await judgeClaims({ nbf: NOW_SECONDS + 1 }, jwt)).toBe('nbf')
    expect(await judgeClaims({ iat: NOW_SECONDS + 1 }, jwt)).toBe('iat')
  })

  it.each<[string, Claims, string]>([
    ['both as configured', { iss: 'https://issuer.example', aud: 'postern' }, 'passed'],
    ['one of several audiences', { iss: 'https://issuer.example', aud: ['other', 'postern'] }, 'passed'],
    ['another issuer', { iss: 'https://issuer.example.evil', aud: 'postern' }, 'iss'],
    ['no issuer', { aud: 'postern' }, 'iss'],
    ['another audience', { iss: 'https://issuer.example', aud: 'POSTERN' }, 'aud'],
    ['no audience', { iss: 'https://issuer.example' }, 'aud'],
    ['an audience that begins with ours', { iss: 'https://issuer.example', aud: 'postern-x' }, 'aud'],
    ['an audience inside of one text', { iss: 'https://issuer.example', aud: 'x,postern' }, 'aud'],
    ['audiences in a list of lists', { iss: 'https://issuer.example', aud: [['postern']] }, 'aud'],
    ['an audience that is an object', { iss: 'https://issuer.example', aud: { postern: true } }, 'aud'],
    ['an issuer in a list', { iss: ['https://issuer.example'], aud: 'postern' }, 'iss'],
  ])('are bound to issuer and audience: %s', async (_what, change, expected) => {
    expect(await judgeClaims(change, { issuer: 'https://issuer.example', audience: 'postern' })).toBe(
      expected,
    )
  })
})

/** RFC 9068 sections 2.2 and 4. */
describe('a JWT access token', () => {
  const bound = { issuer: 'https://issuer.example', audience: 'postern' }
  const { nbf: _nbf, ...times } = CLAIMS
  const claims = { ...times, iss: bound.issuer, aud: bound.audience, sub: 's', client_id: 's', jti: 'j' }
  const judgeAs = async (header: Claims, change: Claims, jwt: JwtSetting) =>
    judge(await token({ alg: 'HS256', ...header }, { ...claims, ...change }, hs(SECRET)), undefined, jwt)

  it.each<[string, Claims, Claims, JwtSetting, string]>([
    ['without nbf', { typ: 'at+jwt' }, {}, bound, 'passed'],
    ['with the long name of its type', { typ: 'application/AT+JWT' }, {}, bound, 'passed'],
    ['with nbf ahead', { typ: 'at+jwt' }, { nbf: NOW_SECONDS + 61 }, bound, 'nbf'],
    ['of no type', {}, {}, bound, 'nbf'],
    ['of another type', { typ: 'JWT' }, {}, bound, 'nbf'],
    ['of a longer type', { typ: 'xat+jwt' }, {}, bound, 'nbf'],
    ['of a type in a list', { typ: ['at+jwt'] }, {}, bound, 'nbf'],
    ['for a source without issuer', { typ: 'at+jwt' }, {}, { audience: 'postern' }, 'nbf'],
    ['for a source without audience', { typ: 'at+jwt' }, {}, { issuer: bound.issuer }, 'nbf'],
    ['without exp', { typ: 'at+jwt' }, { exp: undefined }, bound, 'exp'],
    ['without iat', { typ: 'at+jwt' }, { iat: undefined }, bound, 'iat'],
    ['without sub', { typ: 'at+jwt' }, { sub: undefined }, bound, 'sub'],
    ['without client_id', { typ: 'at+jwt' }, { client_id: undefined }, bound, 'client_id'],
    ['without jti', { typ: 'at+jwt' }, { jti: undefined }, bound, 'jti'],
    ['without iss', { typ: 'at+jwt' }, { iss: undefined }, bound, 'iss'],
    ['without aud', { typ: 'at+jwt' }, { aud: undefined }, bound, 'aud'],
  ])('%s', async (_what, header, change, jwt, expected) => {
    expect(await judgeAs(header, change, jwt)).toBe(expected)
  })
})

describe('the algorithm of a token', () => {
  it.each([
    ['HS384', 'SHA-384'],
    ['HS512', 'SHA-512'],
  ])('may be %s only where the source says so', async (alg, hash) => {
    const text = await token({ alg }, CLAIMS, hs(SECRET, hash))
    expect(await judge(text)).toBe('algorithm')
    expect(await judge(text, undefined, { algorithms: [alg] })).toBe('passed')
    expect(await judge(text, undefined, { algorithms: ['HS256'] })).toBe('algorithm')
  })

  it.each(PAIR_ALGORITHMS)('may be %s with a key set', async (alg) => {
    const pair = await jwkPair(alg, 'k1')
    const { fetch } = issuer([pair.jwk])
    const text = await token({ alg, kid: 'k1' }, CLAIMS, pair.sign)
    expect(await judge(text, [JWKS_URL], undefined, { fetch })).toBe('passed')
    expect(await judge(text, [JWKS_URL], { algorithms: [alg] }, { fetch })).toBe('passed')
    expect(await judge(text, [JWKS_URL], { algorithms: ['HS256'] }, { fetch })).toBe('algorithm')
    const changed = await token({ alg, kid: 'k1' }, { ...CLAIMS, sub: 'x' }, async () =>
      pair.sign(utf8('something else')),
    )
    expect(await judge(changed, [JWKS_URL], undefined, { fetch })).toBe('signature')
  })
})

describe('the work that a token causes', () => {
  it('is counted where the key is public, and ends when the delivery has had its share', async () => {
    const [first, second] = [await jwkPair('ES256'), await jwkPair('ES256')]
    const { fetch } = issuer([first.jwk, second.jwk])
    const text = await token({ alg: 'ES256' }, CLAIMS, second.sign)
    const judgeWith = (left: number) =>
      judge(text, [JWKS_URL], undefined, { fetch, attempts: { take: () => left-- > 0 } })
    expect(await judgeWith(2)).toBe('passed')
    expect(await judgeWith(1)).toBe('signature')
    const cheap = await token(HS256, CLAIMS, hs(SECRET))
    expect(await judge(cheap, undefined, undefined, { attempts: { take: () => false } })).toBe('passed')
  })
})

/** RFC 8725: ways in which verifiers have been fooled. */
describe('a forged token', () => {
  const unsigned: Sign = async () => new Uint8Array(0)
  const everything = {
    algorithms: ['none', 'None', 'HS256', 'HS384', 'HS512', 'RS256', 'ES256', 'EdDSA', 'Ed25519'],
  }

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS256 ', 'hs256', 'constructor', '__proto__'])(
    'with algorithm "%s" is refused, whatever the source says',
    async (alg) => {
      const { fetch } = issuer([])
      for (const sign of [unsigned, hs(SECRET), hs('\0')]) {
        const text = await token({ alg }, CLAIMS, sign)
        expect(['algorithm', 'proof_malformed']).toContain(await judge(text, undefined, undefined, { fetch }))
        const both = [textSecret(SECRET), JWKS_URL]
        expect(['algorithm', 'proof_malformed']).toContain(await judge(text, both, everything, { fetch }))
      }
    },
  )

  it.each<[string, Claims]>([
    ['no algorithm', { typ: 'JWT' }],
    ['a list of algorithms', { alg: ['HS256'] }],
    ['an algorithm of null', { alg: null }],
  ])('with %s is refused', async (_what, header) => {
    expect(['algorithm', 'proof_malformed']).toContain(await judge(await token(header, CLAIMS, hs(SECRET))))
  })

  it('made as an HMAC under the public key is refused, whatever the source says', async () => {
    const pair = await jwkPair('RS256', 'k1')
    const { n = '' } = pair.jwk
    const der = await crypto.subtle
      .importKey('jwk', pair.jwk, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, true, ['verify'])
      .then((key) => crypto.subtle.exportKey('spki', key) as Promise<ArrayBuffer>)
    const pem = `-----BEGIN PUBLIC KEY-----\n${Buffer.from(der).toString('base64')}\n-----END PUBLIC KEY-----\n`
    const { fetch } = issuer([pair.jwk, { kty: 'oct', k: n, kid: 'k1' }])
    for (const key of [pem, pem.trim(), n, new Uint8Array(der), JSON.stringify(pair.jwk)]) {
      const text = await token({ alg: 'HS256', kid: 'k1' }, CLAIMS, hs(key))
      expect(await judge(text, [JWKS_URL], undefined, { fetch })).toBe('key')
      expect(await judge(text, [JWKS_URL], everything, { fetch })).toBe('key')
    }
  })

  it('of a public-key algorithm is refused where there are only texts', async () => {
    const pair = await jwkPair('RS256')
    const text = await token({ alg: 'RS256', jwk: pair.jwk }, CLAIMS, pair.sign)
    expect(await judge(text)).toBe('key')
    expect(await judge(text, undefined, everything)).toBe('key')
  })

  it.each<[string, Claims]>([
    ['its own key', {}],
    ['a URL of keys', { jku: 'https://evil.example/jwks.json' }],
    ['a URL of certificates', { x5u: 'https://evil.example/cert.pem' }],
    ['a certificate', { x5c: ['MIIB'] }],
    ['a file as key id', { kid: '../../dev/null' }],
    ['an injected key id', { kid: "x' UNION SELECT 'key" }],
    ['the key id of another', { kid: 'k1' }],
    ['an empty key id', { kid: '' }],
    ['a key id of the prototype', { kid: '__proto__' }],
    ['an unknown critical extension', { crit: ['x'], x: 1 }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
  ])('that brings %s is refused, and nothing else is fetched', async (_what, header) => {
    const [ours, theirs] = [await jwkPair('ES256', 'k1'), await jwkPair('ES256')]
    const urls: string[] = []
    const fetcher = (async (url: string) => {
      urls.push(url)
      return Response.json({ keys: [ours.jwk] })
    }) as typeof fetch
    const text = await token({ alg: 'ES256', jwk: theirs.jwk, ...header }, CLAIMS, theirs.sign)
    const problem = await judge(text, [JWKS_URL], undefined, { fetch: fetcher })
    expect(['signature', 'key', 'malformed']).toContain(problem)
    expect([...new Set(urls)]).toEqual([JWKS_URL.kind === 'jwks-url' ? JWKS_URL.url : ''])
  })

  it.each<[string, Claims]>([
    ['an unknown critical extension', { crit: ['x'], x: 1 }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
    ['an empty list of critical extensions', { crit: [] }],
  ])('is refused with %s, though the signature is right', async (_what, header) => {
    expect(await judge(await token({ ...HS256, ...header }, CLAIMS, hs(SECRET)))).toBe('malformed')
  })

  it.each([
    ['one part', 'eyJhbGciOiJIUzI1NiJ9'],
    ['two parts', 'eyJhbGciOiJIUzI1NiJ9.e30'],
    ['four parts', 'eyJhbGciOiJIUzI1NiJ9.e30.AA.AA'],
    ['an encrypted one', 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.AA.AA.AA'],
    ['a header that is no JSON', 'AAAA.e30.AA'],
    ['a header that is an array', 'W10.e30.AA'],
    ['dots', '..'],
  ])('that is none is refused: %s', async (_what, text) => {
    expect(['algorithm', 'proof_malformed', 'malformed']).toContain(await judge(text))
  })

  it('is refused unread when it is huge', async () => {
    const text = await token(HS256, { ...CLAIMS, filler: 'x'.repeat(12_300) }, hs(SECRET))
    expect(text.length).toBeGreaterThan(16 * 1024)
    expect(await judge(text)).toBe('proof_malformed')
  })
})

describe('a token from a standard', () => {
  it.each(STANDARD_TOKENS)('verifies: %s', async (_where, jwk, text, afterSignature) => {
    const { fetch } = issuer([jwk])
    const at = { fetch, nowSeconds: 1_300_819_300 }
    expect(await judge(text, [JWKS_URL], undefined, at)).toBe(afterSignature)
    const changed = text.slice(0, -10) + (text.at(-10) === 'A' ? 'B' : 'A') + text.slice(-9)
    expect(await judge(changed, [JWKS_URL], undefined, at)).toBe('signature')
  })
})
