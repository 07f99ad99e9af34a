/** Tokens of a real authorization server, by introspection (RFC 7662) and as JWT access tokens (RFC 9068). */
import { type JsonWebKey, createHmac, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authenticate } from '../../src/gateway/authenticate/index.ts'
import { ACTIVE_SECONDS } from '../../src/gateway/authenticate/introspection.ts'
import { JWKS_MAX_STALE_SECONDS, JWKS_RETRY_SECONDS } from '../../src/gateway/authenticate/jwks.ts'
import { statusOf } from '../../src/gateway/respond.ts'
import { HostChecks } from '../../src/platform/dns-check.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { generic } from '../../src/providers/generic.ts'
import { readDocument } from '../../src/registry/sources/read-document.ts'
import type { Source } from '../../src/registry/sources/source.ts'
import {
  OTHER_RESOURCE,
  type OAuthServer,
  RESOURCE,
  TOKEN_SECONDS,
  signingKey,
  startOAuthServer,
} from './oauth-server.ts'

/** The server uses the real clock, so the test's clock starts each test at the real time, and then stands still. */
let startSeconds = 0
beforeEach(() => {
  startSeconds = Math.floor(Date.now() / 1_000)
})

const TOLERANCE_SECONDS = 60

async function sourceOf(document: Record<string, unknown>): Promise<Source> {
  const read = await readDocument({ provider: 'generic', ...document }, undefined)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return { name: 'hooks', version: 1, config: read.config, secrets: read.secrets }
}

const introspected = ({ issuer, secretOf }: OAuthServer, change: Record<string, unknown> = {}) =>
  sourceOf({
    secrets: {
      oauth2: {
        introspection_url: `${issuer}/token/introspection`,
        client_id: 'postern',
        client_secret: secretOf('postern'),
        ...change,
      },
    },
  })

const signed = ({ issuer }: OAuthServer, jwt: Record<string, unknown> = {}) =>
  sourceOf({
    jwt: { issuer, audience: RESOURCE, algorithms: ['RS256'], ...jwt },
    secrets: { jwks_url: `${issuer}/jwks` },
  })

/** `passed by` the method, or the reason and the status. */
async function judge(source: Source, token: string, afterSeconds = 0): Promise<string> {
  const url = 'https://postern.example/hooks'
  const delivery = {
    method: 'POST',
    url,
    query: new URLSearchParams(),
    headers: new Headers({ authorization: `Bearer ${token}`, 'content-type': 'application/json' }),
    body: utf8('{}'),
    client: {
      address: null,
      country: null,
      asn: null,
      https: true,
      tlsVersion: 'TLSv1.3',
      certificate: null,
    },
  }
  const nowMs = (startSeconds + afterSeconds) * 1_000
  const { outcome } = await authenticate(delivery, generic, source, { nowMs, fetch, hosts: ON_THIS_MACHINE })
  if (outcome.ok) return `passed by ${outcome.value.methods.join()}`
  const { refusal } = outcome
  return `${statusOf(refusal.code, generic)} ${'problem' in refusal ? refusal.problem : refusal.code}`
}

/** As under `npm start`. */
const ON_THIS_MACHINE = new HostChecks({ fetch, allowPrivate: true })

/** The token with its second last character changed, which has significant bits in any base64url text. */
const altered = (token: string): string =>
  `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}${token.slice(-1)}`

describe('an opaque token', () => {
  let server: OAuthServer
  beforeAll(async () => {
    server = await startOAuthServer([signingKey('k1')])
  })
  afterAll(() => server.close())

  it('is accepted if the issuing server confirms it', async () => {
    expect(await judge(await introspected(server), await server.token())).toBe('passed by oauth2')
  })

  it('is accepted if it has the scope and the client that the source requires', async () => {
    const source = await introspected(server, { scope: 'events:write', token_client_id: 'sender' })
    expect(await judge(source, await server.token())).toBe('passed by oauth2')
    const both = await server.token({ scope: 'events:read events:write' })
    expect(await judge(source, both)).toBe('passed by oauth2')
    expect(await judge(source, await server.token({ scope: 'events:read' }))).toBe('401 scope')
    expect(await judge(source, await server.token({ client: 'other-sender' }))).toBe('401 client')
  })

  it('that the server does not know is refused', async () => {
    const source = await introspected(server)
    expect(await judge(source, altered(await server.token()))).toBe('401 inactive')
    expect(await judge(source, 'never-issued')).toBe('401 inactive')
  })

  it('is refused after it expires, cached or not', async () => {
    const [seen, unseen] = [await introspected(server), await introspected(server)]
    const token = await server.token()
    expect(await judge(seen, token)).toBe('passed by oauth2')
    // It may have been issued some seconds after our start.
    expect(await judge(seen, token, TOKEN_SECONDS - 1)).toBe('passed by oauth2')
    expect(await judge(seen, token, TOKEN_SECONDS + 120)).toBe('401 expired')
    expect(await judge(unseen, token, TOKEN_SECONDS + 120)).toBe('401 expired')
  })

  it('that is revoked is refused at once if it is not cached, else within the cache lifetime', async () => {
    const [seen, unseen] = [await introspected(server), await introspected(server)]
    const token = await server.token()
    expect(await judge(seen, token)).toBe('passed by oauth2')
    await server.revoke(token)
    expect(await judge(unseen, token)).toBe('401 inactive')
    expect(await judge(seen, token, ACTIVE_SECONDS - 1)).toBe('passed by oauth2')
    expect(await judge(seen, token, ACTIVE_SECONDS)).toBe('401 inactive')
  })

  it('gets a retryable answer if the server rejects our client credentials', async () => {
    const token = await server.token()
    const wrongSecret = await introspected(server, { client_secret: server.secretOf('sender') })
    const wrongName = await introspected(server, { client_id: 'nobody' })
    const wrongPath = await introspected(server, { introspection_url: `${server.issuer}/introspect` })
    for (const source of [wrongSecret, wrongName, wrongPath])
      expect(await judge(source, token)).toBe('503 proof_unavailable')
  })

  it('is refused if the server gives no details about it', async () => {
    const client = { client_id: 'stranger', client_secret: server.secretOf('stranger') }
    expect(await judge(await introspected(server, client), await server.token())).toBe('401 inactive')
  })

  it('gets a retryable answer if the server is down and the cached answer is old', async () => {
    const gone = await startOAuthServer([signingKey('k1')])
    const [seen, unseen] = [await introspected(gone), await introspected(gone)]
    const token = await gone.token()
    expect(await judge(seen, token)).toBe('passed by oauth2')
    await gone.close()
    expect(await judge(unseen, token)).toBe('503 proof_unavailable')
    expect(await judge(seen, token, ACTIVE_SECONDS - 1)).toBe('passed by oauth2')
    expect(await judge(seen, token, ACTIVE_SECONDS)).toBe('503 proof_unavailable')
    expect(await judge(seen, 'never-issued')).toBe('503 proof_unavailable')
  })
})

describe('a JWT access token', () => {
  const key = signingKey('k1')
  let server: OAuthServer
  let valid: string
  beforeAll(async () => {
    server = await startOAuthServer([key])
    valid = await server.token({ resource: RESOURCE })
  })
  afterAll(() => server.close())

  it('is accepted under the keys of the issuing server', async () => {
    expect(JSON.parse(part(valid, 0))).toMatchObject({ typ: 'at+jwt', alg: 'RS256', kid: 'k1' })
    expect(await judge(await signed(server), valid)).toBe('passed by jwt')
  })

  it('is refused after it expires plus the tolerance', async () => {
    const { exp } = JSON.parse(part(valid, 1)) as { exp: number }
    const source = await signed(server)
    const endSeconds = exp - startSeconds + TOLERANCE_SECONDS
    expect(await judge(source, valid, endSeconds - 1)).toBe('passed by jwt')
    expect(await judge(source, valid, endSeconds)).toBe('401 expired')
  })

  it('with another audience, issuer or algorithm than the source requires is refused', async () => {
    const elsewhere = await server.token({ resource: OTHER_RESOURCE })
    expect(await judge(await signed(server), elsewhere)).toBe('401 aud')
    expect(await judge(await signed(server, { audience: OTHER_RESOURCE }), valid)).toBe('401 aud')
    expect(await judge(await signed(server, { issuer: `${server.issuer}/` }), valid)).toBe('401 iss')
    expect(await judge(await signed(server, { algorithms: ['ES256'] }), valid)).toBe('401 algorithm')
  })

  it.each([
    ['another issuer with the same key', [key], undefined, '401 iss'],
    ['another key under the same id', [signingKey('k1')], 'same', '401 signature'],
    ['another key under an id of its own', [signingKey('k2')], 'same', '401 key'],
  ] as const)('of %s is refused', async (_what, keys, issuer, expected) => {
    const other = await startOAuthServer(keys, issuer === 'same' ? server.issuer : undefined)
    try {
      const token = await other.token({ resource: RESOURCE })
      expect(await judge(await signed(server), token)).toBe(expected)
    } finally {
      await other.close()
    }
  })

  it('that was tampered with is refused', async () => {
    const [header = '', payload = '', signature = ''] = valid.split('.')
    const claims = JSON.parse(part(valid, 1)) as Record<string, unknown>
    const source = await signed(server)
    const raised = `${header}.${encoded({ ...claims, scope: 'admin' })}.${signature}`
    expect(await judge(source, raised)).toBe('401 signature')
    const other = await server.token({ resource: OTHER_RESOURCE })
    expect(await judge(source, `${header}.${payload}.${other.split('.')[2]}`)).toBe('401 signature')
  })

  it.each([undefined, ['HS256', 'RS256']])(
    'without signature, or with one that anybody could make, is refused (algorithms %j)',
    async (algorithms) => {
      const source = await signed(server, { algorithms })
      const payload = valid.split('.')[1] ?? ''
      for (const alg of ['none', 'None', ''])
        expect(await judge(source, `${encoded({ alg, typ: 'at+jwt', kid: 'k1' })}.${payload}.`)).toMatch(
          /^401 (?:algorithm|proof_malformed)$/,
        )
      const signingInput = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })}.${payload}`
      for (const secret of await publicForms(server)) {
        const tag = createHmac('sha256', secret).update(signingInput).digest('base64url')
        expect(await judge(source, `${signingInput}.${tag}`)).toBe('401 key')
      }
    },
  )

  it('without a signature cannot be configured', async () => {
    await expect(signed(server, { algorithms: ['RS256', 'none'] })).rejects.toThrow('jwt.algorithms.1')
  })

  it('under a new key is accepted seconds after a refresh of the key set, and one under the old key is refused', async () => {
    const rotating = await startOAuthServer([signingKey('old')])
    try {
      const source = await signed(rotating)
      const old = await rotating.token({ resource: RESOURCE })
      expect(await judge(source, old)).toBe('passed by jwt')
      rotating.useKeys([signingKey('new')])
      const fresh = await rotating.token({ resource: RESOURCE })
      expect(await judge(source, fresh, JWKS_RETRY_SECONDS - 1)).toBe('401 key')
      expect(await judge(source, old, JWKS_RETRY_SECONDS - 1)).toBe('passed by jwt')
      expect(await judge(source, fresh, JWKS_RETRY_SECONDS)).toBe('passed by jwt')
      expect(await judge(source, old, JWKS_RETRY_SECONDS)).toBe('401 key')
    } finally {
      await rotating.close()
    }
  })

  it('gets a retryable answer if the server is down and the cached keys are too old', async () => {
    const gone = await startOAuthServer([signingKey('k1')])
    const source = await signed(gone)
    const token = await gone.token({ resource: RESOURCE })
    expect(await judge(source, token)).toBe('passed by jwt')
    await gone.close()
    expect(await judge(source, token, JWKS_MAX_STALE_SECONDS - 1)).toBe('passed by jwt')
    expect(await judge(source, token, JWKS_MAX_STALE_SECONDS)).toBe('503 proof_unavailable')
  })

  it('gets a retryable answer if the keys were never fetched', async () => {
    const gone = await startOAuthServer([signingKey('k1')])
    const token = await gone.token({ resource: RESOURCE })
    await gone.close()
    expect(await judge(await signed(gone), token)).toBe('503 proof_unavailable')
  })
})

const part = (token: string, index: number): string =>
  Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The server's public key in each form that a careless verifier may take for an HMAC secret. */
async function publicForms({ issuer }: OAuthServer): Promise<(string | Buffer)[]> {
  const answer = await fetch(`${issuer}/jwks`)
  const { keys } = await answer.json<{ keys: JsonWebKey[] }>()
  const [jwk = {}] = keys
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  return [pem, pem.trim(), key.export({ type: 'spki', format: 'der' }), JSON.stringify(jwk), jwk.n ?? '']
}
