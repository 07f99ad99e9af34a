import { describe, expect, it } from 'vitest'
import {
  JWKS_COOL_DOWN_SECONDS,
  JWKS_FRESH_SECONDS,
  JWKS_MAX_STALE_SECONDS,
  JWKS_RETRY_SECONDS,
} from '../../../src/gateway/authenticate/jwks.ts'
import { createJwt } from '../../../src/gateway/authenticate/jwt.ts'
import type { SchemeContext } from '../../../src/gateway/authenticate/scheme.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { NOW_SECONDS, contextWith } from './making.ts'
import { CLAIMS, type JwkPair, issuer, jwkPair, token } from './tokens.ts'

const URL = 'https://issuer.example/jwks.json'
const clientAt = (address: string) => ({ client: { ...contextWith([]).client, address } })
const VERIFIED = { isVerified: () => true, isRateLimited: () => false }
const down = async () => new Response('', { status: 503 })

/** A source with a key set, whose clock and issuer the test moves. */
async function source(urls: readonly string[] = [URL]) {
  const first = await jwkPair('ES256', 'first')
  const { state, fetch } = issuer([first.jwk])
  const scheme = createJwt()
  const secrets = urls.map((url): Secret => ({ kind: 'jwks-url', url }))
  const judge = async (
    pair: JwkPair,
    afterSeconds = 0,
    kid: string | null = pair.jwk.kid ?? null,
    change: Partial<SchemeContext> = {},
  ) => {
    const nowSeconds = NOW_SECONDS + afterSeconds
    const claims = { ...CLAIMS, exp: nowSeconds + 60 }
    const header = kid === null ? { alg: 'ES256' } : { alg: 'ES256', kid }
    const outcome = await scheme.verify(
      {
        scheme: 'jwt',
        slots: ['jwks_url'],
        token: await token(header, claims, pair.sign),
        identity: [utf8('{}')],
        coversBody: false,
      },
      contextWith(secrets, { fetch, nowSeconds, ...change }),
    )
    return outcome.ok
      ? 'passed'
      : 'problem' in outcome.refusal
        ? outcome.refusal.problem
        : outcome.refusal.code
  }
  return { first, state, judge }
}

describe('a key set', () => {
  it.each(['private', 'no_answer'] as const)('is not fetched from a host that is %s', async (verdict) => {
    const { first, state, judge } = await source()
    const hosts = { check: async () => verdict }
    expect(await judge(first, 0, 'first', { hosts })).toBe('proof_unavailable')
    expect(state.asked).toBe(0)
    expect(await judge(first, JWKS_RETRY_SECONDS)).toBe('passed')
  })

  it('is fetched once while it is fresh', async () => {
    const { first, state, judge } = await source()
    expect(await Promise.all([judge(first), judge(first), judge(first)])).toEqual([
      'passed',
      'passed',
      'passed',
    ])
    expect(await judge(first, JWKS_FRESH_SECONDS - 1)).toBe('passed')
    expect(state.asked).toBe(1)
    expect(await judge(first, JWKS_FRESH_SECONDS)).toBe('passed')
    expect(state.asked).toBe(2)
  })

  it('is fetched again for a key that it does not have, and not at once', async () => {
    const { first, state, judge } = await source()
    const next = await jwkPair('ES256', 'next')
    await judge(first)
    state.keys = [first.jwk, next.jwk]
    expect(await judge(next, JWKS_RETRY_SECONDS - 1)).toBe('key')
    expect(state.asked).toBe(1)
    expect(await judge(next, JWKS_RETRY_SECONDS)).toBe('passed')
    expect(await judge(first, JWKS_RETRY_SECONDS)).toBe('passed')
    expect(state.asked).toBe(2)
  })

  it('costs one request however many unknown key ids are attempted', async () => {
    const { first, state, judge } = await source()
    const forged = await jwkPair('ES256')
    await judge(first)
    for (let i = 0; i < 20; i++) expect(await judge(forged, JWKS_RETRY_SECONDS + i, `kid-${i}`)).toBe('key')
    expect(state.asked).toBe(2)
  })

  it('costs a bounded number of requests however many networks try unknown key ids', async () => {
    const { first, state, judge } = await source()
    const forged = await jwkPair('ES256')
    await judge(first)
    for (let i = 0; i < 600; i++) await judge(forged, i, `kid-${i}`, clientAt(`10.0.${i % 200}.7`))
    // Ten minutes: two for each thirty seconds of strangers.
    expect(state.asked).toBeLessThanOrEqual(1 + 20 * 2)
  })

  it.each<[string, Partial<SchemeContext>]>([
    ['another network of the source', clientAt('192.0.2.1')],
    ['a network that was verified', { ...clientAt('192.0.2.1'), clientMemory: VERIFIED }],
    ['another source', { ...clientAt('10.0.0.7'), source: 'other' }],
  ])('brings a new key to %s though a stranger tries unknown key ids', async (_what, change) => {
    const { first, state, judge } = await source()
    const [forged, next] = [await jwkPair('ES256'), await jwkPair('ES256', 'next')]
    await judge(first)
    for (let i = 5; i < 10; i++) await judge(forged, i, `kid-${i}`, clientAt('10.0.0.7'))
    state.keys = [first.jwk, next.jwk]
    expect(await judge(next, 10, 'next', change)).toBe('passed')
  })

  it('brings a new key to a network that was verified though strangers from many networks try others', async () => {
    const { first, state, judge } = await source()
    const [forged, next] = [await jwkPair('ES256'), await jwkPair('ES256', 'next')]
    await judge(first)
    for (let i = 0; i < 40; i++) await judge(forged, 5 + Math.floor(i / 4), `k-${i}`, clientAt(`10.0.${i}.7`))
    state.keys = [first.jwk, next.jwk]
    expect(await judge(next, 20, 'next', clientAt('192.0.2.1'))).toBe('key')
    expect(await judge(next, 20, 'next', { ...clientAt('192.0.2.1'), clientMemory: VERIFIED })).toBe('passed')
  })

  it('is asked for by a source once for each of its key sets', async () => {
    const { first, state, judge } = await source([URL, `${URL}?second`])
    const next = await jwkPair('ES256', 'next')
    await judge(first)
    await judge(next, 1)
    const before = state.asked
    expect(await judge(next, JWKS_RETRY_SECONDS + 1)).toBe('key')
    expect(state.asked).toBe(before + 2)
  })

  it('no longer verifies with a key that the issuer took out', async () => {
    const { first, state, judge } = await source()
    await judge(first)
    state.keys = [(await jwkPair('ES256', 'next')).jwk]
    expect(await judge(first, JWKS_FRESH_SECONDS)).toBe('key')
  })

  it('serves for a bounded time while the issuer is down', async () => {
    const { first, state, judge } = await source()
    await judge(first)
    state.answer = down
    expect(await judge(first, JWKS_FRESH_SECONDS)).toBe('passed')
    expect(await judge(first, JWKS_MAX_STALE_SECONDS - 1)).toBe('passed')
    expect(await judge(first, JWKS_MAX_STALE_SECONDS)).toBe('proof_unavailable')
    state.answer = undefined
    expect(await judge(first, JWKS_MAX_STALE_SECONDS + JWKS_RETRY_SECONDS)).toBe('passed')
  })

  it('decides nothing about an unknown key while the issuer is down', async () => {
    const { first, state, judge } = await source()
    const next = await jwkPair('ES256', 'next')
    await judge(first)
    state.answer = down
    expect(await judge(next, JWKS_COOL_DOWN_SECONDS)).toBe('proof_unavailable')
    expect(await judge(first, JWKS_COOL_DOWN_SECONDS)).toBe('passed')
  })

  it.each<[string, () => Promise<Response>]>([
    ['an error', down],
    ['404', async () => new Response('', { status: 404 })],
    [
      'a redirect',
      async () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }),
    ],
    ['no JSON', async () => new Response('<html></html>')],
    ['JSON that is no set', async () => Response.json([])],
    ['too much', async () => Response.json({ keys: [], filler: 'x'.repeat(70_000) })],
    ['a broken connection', () => Promise.reject(new TypeError('gone'))],
  ])('that cannot be had is no proof and no refusal: %s', async (_what, answer) => {
    const { first, state, judge } = await source()
    state.answer = answer
    expect(await judge(first)).toBe('proof_unavailable')
    expect(await judge(first, JWKS_RETRY_SECONDS - 1)).toBe('proof_unavailable')
    expect(state.asked).toBe(1)
    state.answer = undefined
    expect(await judge(first, JWKS_RETRY_SECONDS)).toBe('passed')
  })

  it('may hold several keys for a token without a key id, and broken ones beside', async () => {
    const { first, state, judge } = await source()
    const second = await jwkPair('ES256', 'second')
    state.keys = [
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
      { kty: 'EC', crv: 'P-384', x: first.jwk.x, y: first.jwk.y },
      { kty: 'future' },
      second.jwk,
      first.jwk,
    ]
    expect(await judge(first, 0, null)).toBe('passed')
    expect(await judge(second, 0, null)).toBe('passed')
    expect(await judge(await jwkPair('ES256'), 0, null)).toBe('signature')
  })

  it.each<[string, object]>([
    ['for encryption', { use: 'enc' }],
    ['for another algorithm', { alg: 'ES384' }],
    ['that may only sign', { key_ops: ['sign'] }],
    ['of another id', { kid: 'other' }],
    ['without an id', { kid: undefined }],
  ])('does not verify with a key %s', async (_what, change) => {
    const { first, state, judge } = await source()
    state.keys = [{ ...first.jwk, ...change }]
    expect(await judge(first)).toBe('key')
  })

  it('does not verify with a key whose private half stands there for everybody to see', async () => {
    const { first, state, judge } = await source()
    state.keys = [{ ...first.jwk, d: first.d }]
    expect(await judge(first)).toBe('key')
  })

  it('is never asked for at an inner address', async () => {
    const { first, state, judge } = await source([
      'https://169.254.169.254/jwks.json',
      'http://issuer.example/',
    ])
    expect(await judge(first)).toBe('secret_missing')
    expect(state.asked).toBe(0)
  })
})
