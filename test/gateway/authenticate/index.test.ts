import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { authenticate } from '../../../src/gateway/authenticate/index.ts'
import { type Bytes, utf8 } from '../../../src/platform/bytes.ts'
import {
  type Delivery,
  type PresentedCredentials,
  type NoCredentials,
  lacks,
} from '../../../src/providers/shared/presented-credentials.ts'
import type { AuthMethod, Provider } from '../../../src/providers/shared/provider.ts'
import { SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import type { Secrets, Source } from '../../../src/registry/sources/source.ts'
import { ALL_PUBLIC, ECDSA, NOW_SECONDS, encode, hmacWith, pairOf, signWith, textSecret } from './making.ts'

/** Within the second. */
const NOW_MS = NOW_SECONDS * 1_000 + 700

const BODY = utf8('{"event":"bounced"}')

type FromDelivery = (delivery: Delivery) => PresentedCredentials | NoCredentials

const method = (name: string, slot: string, credentials: FromDelivery): AuthMethod => ({
  name,
  slots: [slot],
  covers: 'body',
  credentials,
})

/** Signs time and body; identity is the header `x-id`. */
const signature = method('signature', 'hmac', ({ headers, body }) => {
  const text = headers.get('x-signature')
  if (text === null) return lacks('header_missing', 'x-signature')
  return {
    scheme: 'hmac',
    hash: 'SHA-256',
    slots: ['hmac'],
    signatures: [{ text, encoding: 'hex' }],
    signed: [body],
    signedAtSeconds: NOW_SECONDS - 5,
    identity: [utf8('signed identity')],
    coversBody: true,
    verifiedHeaders: new Map([['x-id', headers.get('x-id') ?? '']]),
  }
})

const apiKey = method('api_key', 'api_key', ({ headers, body }) => {
  const presented = headers.get('x-api-key')
  if (presented === null) return lacks('header_missing', 'x-api-key')
  return {
    scheme: 'shared-secret',
    slots: ['api_key'],
    presented,
    identity: [body],
    coversBody: false,
    singleUse: true,
  }
})

const introspected = method('oauth2', 'oauth2', ({ headers, body }) => ({
  scheme: 'oauth2',
  slots: ['oauth2'],
  token: headers.get('x-token') ?? '',
  identity: [body],
  coversBody: false,
}))

const throwing = method('throwing', 'api_key', () => {
  throw new TypeError('a provider that did not expect these bytes')
})

const unknownScheme = method('unknown', 'api_key', ({ body }) => {
  const credentials = { scheme: 'constructor', slots: ['api_key'], identity: [body], coversBody: true }
  return credentials as unknown as PresentedCredentials
})

const providerWith = (...authMethods: AuthMethod[]): Provider => ({
  name: 'made-up',
  title: 'Made up',
  methods: ['POST'],
  contentTypes: 'any',
  secrets: { hmac: 'text', api_key: 'text', oauth2: 'oauth2' },
  authMethods,
  replayWindowSeconds: 300,
  open: () => ({ kind: 'unreadable' }),
  read: () => [],
})

const HMAC_KEY = 'hmac-key-0123456789'
const API_KEY = 'api-key-0123456789'
const SECRETS: Secrets = {
  hmac: [textSecret(HMAC_KEY)],
  api_key: [textSecret(API_KEY)],
}
const SERVER: Secrets = {
  oauth2: [
    {
      kind: 'oauth2',
      introspectionUrl: 'https://auth.example/',
      clientId: 'postern',
      clientSecret: 'client-secret-0123456789',
      scope: null,
      tokenClientId: null,
    },
  ],
}

const sourceWith = (secrets: Secrets, auth: Record<string, unknown> = {}): Source => ({
  name: 'shop',
  version: 1,
  config: v.parse(SourceConfigSchema, { provider: 'made-up', auth }),
  secrets,
})

async function deliveryWith(headers: Record<string, string>, body: Bytes = BODY): Promise<Delivery> {
  return {
    method: 'POST',
    url: 'https://hooks.example/hooks/shop',
    query: new URLSearchParams(),
    headers: new Headers(headers),
    body,
    client: { address: null, country: null, asn: null, https: true, tlsVersion: null, certificate: null },
  }
}

const signed = async () => ({ 'x-signature': encode(await hmacWith('SHA-256', utf8(HMAC_KEY), BODY), 'hex') })
const keyed = { 'x-api-key': API_KEY }

async function judge(
  headers: Record<string, string>,
  source: Source = sourceWith(SECRETS),
  provider: Provider = providerWith(signature, apiKey),
  fetcher: typeof fetch = () => Promise.reject(new Error('down')),
) {
  const { outcome, attempted } = await authenticate(await deliveryWith(headers), provider, source, {
    nowMs: NOW_MS,
    fetch: fetcher,
    hosts: ALL_PUBLIC,
  })
  return outcome.ok ? { verified: outcome.value, attempted } : { refusal: outcome.refusal, attempted }
}

describe('one method of several', () => {
  it('proves a delivery, the strongest first', async () => {
    const { verified, attempted } = await judge({ ...(await signed()), ...keyed, 'x-id': 'msg-1' })
    expect(attempted).toEqual(['signature'])
    expect(verified).toMatchObject({
      methods: ['signature'],
      claim: { identity: [utf8('signed identity')], singleUse: false },
      signedAtSeconds: NOW_SECONDS - 5,
      coversBody: true,
      verifiedHeaders: new Map([['x-id', 'msg-1']]),
    })
  })

  it('is enough when the stronger one is not presented, and says less', async () => {
    const { verified, attempted } = await judge(keyed)
    expect(attempted).toEqual(['signature', 'api_key'])
    expect(verified).toMatchObject({
      methods: ['api_key'],
      claim: { identity: [BODY], singleUse: true },
      coversBody: false,
      verifiedHeaders: new Map(),
    })
    expect(verified?.signedAtSeconds).toBeUndefined()
  })

  it.each<[string, Record<string, string>, object]>([
    ['nothing', {}, { code: 'header_missing', header: 'x-signature' }],
    [
      'a wrong signature',
      { 'x-signature': '00'.repeat(32) },
      { code: 'signature_mismatch', keysAttempted: 1 },
    ],
    ['a wrong key', { 'x-api-key': 'x' }, { code: 'credentials_wrong' }],
    [
      'both wrong',
      { 'x-signature': '00'.repeat(32), 'x-api-key': 'x' },
      { code: 'signature_mismatch', keysAttempted: 1 },
    ],
    ['no hex', { 'x-signature': 'zz' }, { code: 'proof_malformed', field: 'signature' }],
  ])('refuses %s with what came nearest to a proof', async (_what, headers, refusal) => {
    expect(await judge(headers)).toEqual({ refusal, attempted: ['signature', 'api_key'] })
  })

  it('counts only where the source names it', async () => {
    const source = sourceWith(SECRETS, { methods: ['signature'] })
    expect(await judge(keyed, source)).toEqual({
      refusal: { code: 'header_missing', header: 'x-signature' },
      attempted: ['signature'],
    })
  })

  it.each<[string, Secrets, Record<string, unknown>]>([
    ['no secret', {}, {}],
    ['empty slots', { hmac: [], api_key: [] }, {}],
    ['a secret in a slot of no method', { other: [textSecret(API_KEY)] }, {}],
    ['a method without its secret', { api_key: [textSecret(API_KEY)] }, { methods: ['signature'] }],
    ['a method that the provider does not have', SECRETS, { methods: ['password'] }],
    ['a slot of the prototype', Object.create({ api_key: [textSecret(API_KEY)] }) as Secrets, {}],
  ])('is closed with %s', async (_what, secrets, auth) => {
    const headers = { ...(await signed()), ...keyed }
    expect(await judge(headers, sourceWith(secrets, auth))).toEqual({
      refusal: { code: 'secret_missing' },
      attempted: [],
    })
  })

  it('that cannot be decided makes the sender come again, unless another one proves it', async () => {
    const source = sourceWith({ ...SECRETS, ...SERVER })
    const provider = providerWith(introspected, apiKey)
    const down = { code: 'proof_unavailable', dependency: 'oauth2-introspection' }
    expect(await judge({ 'x-token': 't-1', 'x-api-key': 'wrong' }, source, provider)).toMatchObject({
      refusal: down,
    })
    expect(await judge({ 'x-token': 't-2', ...keyed }, source, provider)).toMatchObject({
      attempted: ['oauth2', 'api_key'],
    })
    expect((await judge({ 'x-token': 't-3', ...keyed }, source, provider)).verified?.methods).toEqual([
      'api_key',
    ])
  })
})

describe('all methods', () => {
  const all = sourceWith(SECRETS, { require: 'all' })

  it('prove a delivery together; the one that covers the body says what it is', async () => {
    const { verified, attempted } = await judge(
      { ...(await signed()), ...keyed },
      all,
      providerWith(apiKey, signature),
    )
    expect(attempted).toEqual(['api_key', 'signature'])
    expect(verified).toMatchObject({
      methods: ['api_key', 'signature'],
      claim: { identity: [utf8('signed identity')], singleUse: false },
      signedAtSeconds: NOW_SECONDS - 5,
      coversBody: true,
    })
  })

  it.each<[string, Record<string, string>, object]>([
    ['the signature', keyed, { code: 'header_missing', header: 'x-signature' }],
    ['both', {}, { code: 'header_missing', header: 'x-signature' }],
  ])('refuse what lacks %s', async (_what, headers, refusal) => {
    expect(await judge(headers, all)).toMatchObject({ refusal })
  })

  it('refuse what lacks the key, or has a wrong one', async () => {
    expect(await judge(await signed(), all)).toMatchObject({ refusal: { code: 'header_missing' } })
    const wrong = await judge({ ...(await signed()), 'x-api-key': 'wrong' }, all)
    expect(wrong).toEqual({ refusal: { code: 'credentials_wrong' }, attempted: ['signature', 'api_key'] })
  })

  it('prove together every header that one of them covers', async () => {
    const keyedHeader: FromDelivery = (delivery) => ({
      ...(apiKey.credentials(delivery, {}) as PresentedCredentials),
      verifiedHeaders: new Map([['x-shop', delivery.headers.get('x-shop') ?? '']]),
    })
    const provider = providerWith(signature, method('api_key', 'api_key', keyedHeader))
    const headers = { ...(await signed()), ...keyed, 'x-id': 'msg-1', 'x-shop': 'one' }
    const { verified } = await judge(headers, all, provider)
    expect(verified?.verifiedHeaders).toEqual(
      new Map([
        ['x-id', 'msg-1'],
        ['x-shop', 'one'],
      ]),
    )
  })

  it('that are named must all have a secret', async () => {
    const auth = { require: 'all', methods: ['signature', 'api_key'] }
    const source = sourceWith({ hmac: [textSecret(HMAC_KEY)] }, auth)
    expect(await judge({ ...(await signed()), ...keyed }, source)).toMatchObject({
      refusal: { code: 'secret_missing' },
    })
  })

  it('of which one cannot be decided make the sender come again, unless another one refuses', async () => {
    const source = sourceWith({ ...SECRETS, ...SERVER }, { require: 'all', methods: ['oauth2', 'api_key'] })
    const provider = providerWith(introspected, apiKey)
    const undecided = await judge({ 'x-token': 't-1', ...keyed }, source, provider)
    expect(undecided).toMatchObject({ refusal: { code: 'proof_unavailable' } })
    const refused = await judge({ 'x-token': 't-2', 'x-api-key': 'wrong' }, source, provider)
    expect(refused).toMatchObject({ refusal: { code: 'credentials_wrong' } })
  })
})

describe('a method under keys that many customers share', () => {
  const shared: AuthMethod = { ...apiKey, needsJwt: ['issuer', 'audience'] }
  const bound = (jwt: object | undefined, auth: object = {}): Source => ({
    ...sourceWith(SECRETS),
    config: v.parse(SourceConfigSchema, { provider: 'made-up', auth, ...(jwt === undefined ? {} : { jwt }) }),
  })

  it.each<[string, object | undefined, boolean]>([
    ['both', { issuer: 'https://issuer.example', audience: 'postern' }, true],
    ['no audience', { issuer: 'https://issuer.example' }, false],
    ['no issuer', { audience: 'postern' }, false],
    ['an empty issuer', { issuer: '', audience: 'postern' }, false],
    ['an empty audience', { issuer: 'https://issuer.example', audience: '' }, false],
    ['nothing', undefined, false],
  ])('that binds %s proves a delivery: %s', async (_what, jwt, proves) => {
    const { verified, refusal } = await judge(keyed, bound(jwt), providerWith(shared))
    expect(verified !== undefined).toBe(proves)
    expect(refusal).toEqual(proves ? undefined : { code: 'secret_missing' })
  })

  it('does not drop out of "all" where it is not bound', async () => {
    const headers = { ...(await signed()), ...keyed }
    const provider = providerWith(signature, shared)
    expect(await judge(headers, bound(undefined, { require: 'all' }), provider)).toEqual({
      refusal: { code: 'secret_missing' },
      attempted: [],
    })
    expect((await judge(headers, bound(undefined), provider)).verified?.methods).toEqual(['signature'])
  })
})

describe('verifications with public keys', () => {
  /** A method whose signature is over the body, under keys of a slot of its own. */
  const byKey = (name: string): AuthMethod =>
    method(name, name, ({ headers, body }) => ({
      scheme: 'ecdsa',
      format: 'p1363',
      slots: [name],
      signatures: [{ text: headers.get('x-signature') ?? '', encoding: 'base64' }],
      signed: [body],
      identity: [body],
      coversBody: true,
    }))

  it.each([
    [4, 3, true],
    [4, 4, false],
    [7, 0, true],
    [8, 0, false],
  ])(
    'are bounded over all methods: %i wrong keys of one and %i of another before the right one',
    async (first, second, proves) => {
      const pairs = await Promise.all(Array.from({ length: 9 }, () => pairOf('ecdsa-p256')))
      const [right, ...wrong] = pairs
      if (right === undefined) throw new Error('no pair')
      const secrets = wrong.map(({ secret }) => secret)
      const source = sourceWith({
        one: secrets.slice(0, first),
        other: [...secrets.slice(0, second), right.secret],
      })
      const signature = encode(await signWith(ECDSA, right.privateKey, BODY), 'base64')
      const judged = await judge(
        { 'x-signature': signature },
        source,
        providerWith(byKey('one'), byKey('other')),
      )
      expect(judged.verified !== undefined).toBe(proves)
    },
  )
})

describe('what a provider presents', () => {
  it('is malformed where the provider throws', async () => {
    expect(await judge(keyed, undefined, providerWith(throwing))).toEqual({
      refusal: { code: 'proof_malformed', field: 'throwing' },
      attempted: ['throwing'],
    })
    // The next method still counts.
    expect((await judge(keyed, undefined, providerWith(throwing, apiKey))).verified?.methods).toEqual([
      'api_key',
    ])
  })

  it('is refused where nobody knows the scheme', async () => {
    expect(await judge(keyed, undefined, providerWith(unknownScheme))).toMatchObject({
      refusal: { code: 'algorithm_unsupported' },
    })
  })

  it('says which field is lacking', async () => {
    const lacking = (problem: NoCredentials['problem']) =>
      judge({}, undefined, providerWith(method('m', 'api_key', () => lacks(problem, 'the-field'))))
    expect(await lacking('header_missing')).toMatchObject({ refusal: { header: 'the-field' } })
    expect(await lacking('proof_missing')).toMatchObject({ refusal: { field: 'the-field' } })
    expect(await lacking('proof_malformed')).toMatchObject({ refusal: { field: 'the-field' } })
  })
})

describe('a secret that changes', () => {
  it('counts at once: keys are remembered by secret and not by name', async () => {
    const next = sourceWith({ hmac: [textSecret('another-hmac-key-0123')] })
    expect((await judge(await signed())).verified?.methods).toEqual(['signature'])
    expect(await judge(await signed(), next)).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })
})

describe('a secret that retires', () => {
  const retiring = (acceptedUntilMs: number): Source =>
    sourceWith({ api_key: [{ ...textSecret(API_KEY), acceptedUntilMs }, textSecret('new-key-0123456789')] })

  it.each([
    ['a millisecond after now', NOW_MS + 1, true],
    ['now', NOW_MS, false],
    ['earlier in this second', NOW_SECONDS * 1_000 + 1, false],
    ['long ago', 0, false],
  ])('until %s proves a delivery: %s', async (_when, untilMs, accepted) => {
    expect((await judge(keyed, retiring(untilMs))).verified !== undefined).toBe(accepted)
  })

  it('ends when it ends, whatever was asked of the same source before or comes after', async () => {
    const source = sourceWith({
      hmac: [{ ...textSecret(HMAC_KEY), acceptedUntilMs: NOW_MS + 2 }],
      api_key: [{ ...textSecret(API_KEY), acceptedUntilMs: NOW_MS }],
    })
    const both = { ...(await signed()), ...keyed }
    const provider = providerWith(apiKey, signature)
    const provedAt = async (ms: number) => {
      const deps = { nowMs: NOW_MS + ms, fetch: () => Promise.reject(new Error('down')) }
      const { outcome } = await authenticate(await deliveryWith(both), provider, source, deps)
      return outcome.ok ? outcome.value.methods : outcome.refusal.code
    }
    const ended = 'secret_missing'
    const times: [number, unknown][] = [
      [-1, ['api_key']],
      [0, ['signature']],
      [1, ['signature']],
      [2, ended],
      // A clock that was set back.
      [-1, ['api_key']],
      [3, ended],
      [1, ['signature']],
    ]
    for (const [ms, verified] of times) expect([ms, await provedAt(ms)]).toEqual([ms, verified])
  })

  it('is taken out of the query that is handed on for as long as it is one', async () => {
    const query = (name: string, rest: object = {}) => ({
      kind: 'named-values' as const,
      values: { [name]: 'value-0123456789' },
      ...rest,
    })
    const source = sourceWith({
      ...SECRETS,
      query: [query('old', { acceptedUntilMs: NOW_MS }), query('new')],
    })
    const keptAt = async (nowMs: number) => {
      const delivery = { ...(await deliveryWith(keyed)), query: new URLSearchParams('old=1&new=2&more=3') }
      const deps = { nowMs, fetch: () => Promise.reject(new Error('down')) }
      const { outcome } = await authenticate(delivery, providerWith(apiKey), source, deps)
      return outcome.ok ? outcome.value.delivery.query.toString() : outcome.refusal
    }
    expect(await keptAt(NOW_MS - 1)).toBe('more=3')
    expect(await keptAt(NOW_MS)).toBe('old=1&more=3')
  })
})
