/** Cloudflare Access, with real keys, real signatures, and a key set that is fetched from the team's address. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { type JWK, SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type TestConsole, migrate, newConsole } from '../support.ts'
import { copyOf, formTokenOf, visitor } from '../pages/visitor.ts'

const TEAM = 'acme.cloudflareaccess.com'
const AUD = '32eafc7626e737a35a1cf4ce30ec5cf3'
const ACCESS = {
  ACCESS_TEAM_DOMAIN: TEAM,
  ACCESS_AUD: AUD,
  ACCESS_ROLES: 'ada@example.com=admin, bob@example.com=operator, @example.com=viewer',
}

let ours: CryptoKey
let theirs: CryptoKey
let next: CryptoKey
let published: JWK[]
let nextPublic: JWK

beforeAll(async () => {
  await migrate()
  const pairs = await Promise.all([1, 2, 3].map(() => generateKeyPair('RS256', { extractable: true })))
  const [one, other, third] = pairs
  if (one === undefined || other === undefined || third === undefined) throw new Error('no keys')
  ours = one.privateKey
  theirs = other.privateKey
  next = third.privateKey
  published = [{ ...(await exportJWK(one.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }]
  nextPublic = { ...(await exportJWK(third.publicKey)), kid: 'k2', alg: 'RS256', use: 'sig' }
})

let asked: string[]
let down = false

beforeEach(() => {
  asked = []
  down = false
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    asked.push(new Request(input).url)
    if (down) throw new TypeError('no route')
    return Response.json({ keys: published })
  })
})
afterEach(() => vi.restoreAllMocks())

interface Assertion {
  readonly key?: CryptoKey
  readonly kid?: string
  readonly claims?: Record<string, unknown>
}

async function assertion(here: TestConsole, { key = ours, kid = 'k1', claims = {} }: Assertion = {}) {
  const now = Math.floor(here.clock.nowMs / 1000)
  return new SignJWT({
    aud: [AUD],
    email: 'ada@example.com',
    iat: now,
    nbf: now,
    exp: now + 3_600,
    iss: `https://${TEAM}`,
    type: 'app',
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(key)
}

const ask = async (
  here: TestConsole,
  jwt: string,
  init: Omit<RequestInit, 'headers'> & { path?: string; headers?: Record<string, string> } = {},
) => {
  const { path = '/api/me', headers, ...rest } = init
  const response = await here.fetch(path, {
    ...rest,
    headers: { 'cf-access-jwt-assertion': jwt, ...headers },
  })
  return { status: response.status, json: await response.json<Record<string, unknown>>() }
}

describe('an assertion', () => {
  it.each([
    ['ada@example.com', 'admin'],
    ['Bob@Example.com', 'operator'],
    ['eve@example.com', 'viewer'],
  ])('makes %s a %s', async (email, role) => {
    const here = newConsole(ACCESS)
    const { status, json } = await ask(here, await assertion(here, { claims: { email } }))
    expect(status).toBe(200)
    expect(json).toEqual({ actor: `access:${email.toLowerCase()}`, role, sources: null })
    expect(asked).toEqual([`https://${TEAM}/cdn-cgi/access/certs`])
  })

  it('is verified with keys that are fetched once, and again for a new key', async () => {
    const here = newConsole(ACCESS)
    for (let i = 0; i < 3; i++) expect((await ask(here, await assertion(here))).status).toBe(200)
    expect(asked).toHaveLength(1)
    const other = newConsole(ACCESS)
    await ask(other, await assertion(other))
    published = [...published, nextPublic]
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)
    expect((await ask(other, await assertion(other, { key: next, kid: 'k2' }))).status).toBe(200)
    published = published.slice(0, 1)
  })

  const seconds = (here: TestConsole) => Math.floor(here.clock.nowMs / 1000)
  it.each<[string, (here: TestConsole) => Assertion]>([
    ['of another application', () => ({ claims: { aud: ['another'] } })],
    ['of no application', () => ({ claims: { aud: undefined } })],
    ['of another team', () => ({ claims: { iss: 'https://evil.cloudflareaccess.com' } })],
    ['that has expired', (here) => ({ claims: { exp: seconds(here) - 60 } })],
    ['that does not expire', () => ({ claims: { exp: undefined } })],
    ['that is not valid yet', (here) => ({ claims: { nbf: seconds(here) + 600 } })],
    ['signed with another key', () => ({ key: theirs })],
    ['signed with an unknown key', () => ({ key: theirs, kid: 'k9' })],
    ['without an address, as of a service token', () => ({ claims: { email: undefined, common_name: 'x' } })],
    ['with an invalid address', () => ({ claims: { email: 'ada' } })],
    ['with two addresses', () => ({ claims: { email: ['ada@example.com'] } })],
  ])('%s is refused', async (_what, change) => {
    const here = newConsole(ACCESS)
    expect(await ask(here, await assertion(here, change(here)))).toMatchObject({
      status: 401,
      json: { code: 'token_wrong' },
    })
  })

  it('of a person without a role is refused with that reason', async () => {
    const here = newConsole(ACCESS)
    const jwt = await assertion(here, { claims: { email: 'eve@other.example' } })
    expect(await ask(here, jwt)).toMatchObject({ status: 403, json: { code: 'person_unmapped' } })
  })

  it('without a signature, or with an HMAC keyed with the public key, is refused', async () => {
    const here = newConsole(ACCESS)
    const now = seconds(here)
    const claims = { aud: AUD, email: 'ada@example.com', iat: now, exp: now + 60, iss: `https://${TEAM}` }
    const [, payload] = (await assertion(here)).split('.')
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(new TextEncoder().encode(JSON.stringify(published[0])))
    const forged = [new UnsecuredJWT(claims).encode(), confused, `e30.${payload}.`, 'x', '..', '']
    for (const jwt of forged) expect((await ask(here, jwt)).status).toBe(401)
  })

  it('is refused while the keys are unreachable, and accepted once they are back', async () => {
    const here = newConsole(ACCESS)
    down = true
    expect((await ask(here, await assertion(here))).status).toBe(401)
    down = false
    expect((await ask(here, await assertion(here))).status).toBe(200)
  })

  it('is ignored if Access is not set up', async () => {
    const here = newConsole()
    expect(await ask(here, await assertion(here))).toMatchObject({ json: { code: 'token_missing' } })
    expect(asked).toEqual([])
  })

  it('gives a token in the same request no other role', async () => {
    const here = newConsole(ACCESS)
    const headers = { authorization: 'Bearer wrong-token-of-the-test' }
    expect((await ask(here, await assertion(here), { headers })).status).toBe(401)
  })

  it.each([
    ['our own page', { origin: 'https://console.example', 'sec-fetch-site': 'same-origin' }, 404],
    ['a program without a browser', {}, 404],
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['a sibling subdomain', { 'sec-fetch-site': 'same-site' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
  ])('changes nothing for %s', async (_who, headers: Record<string, string>, status) => {
    const here = newConsole(ACCESS)
    const init = { path: '/api/tokens/000000000000', method: 'DELETE', headers }
    const answer = await ask(here, await assertion(here), init)
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.json['code']).toBe('origin_foreign')
  })
})

describe('the claims that the platform attaches to a request', () => {
  const through = async (
    access: { aud: string; email?: string } | undefined,
    jwtClaims?: Record<string, unknown>,
  ) => {
    const here = newConsole(ACCESS)
    const context = createExecutionContext()
    if (access !== undefined) {
      const getIdentity = async () => ({ email: access.email })
      Object.defineProperty(context, 'access', { value: { aud: access.aud, getIdentity } })
    }
    const headers: Record<string, string> =
      jwtClaims === undefined
        ? {}
        : { 'cf-access-jwt-assertion': await assertion(here, { claims: jwtClaims }) }
    return (await here.fetch('/api/me', { headers }, context)).status
  }

  it.each<[string, Parameters<typeof through>, number]>([
    ['alone', [{ aud: AUD, email: 'ada@example.com' }], 200],
    ['equal to the assertion', [{ aud: AUD, email: 'Ada@example.com' }, { email: 'ada@example.com' }], 200],
    [
      'different from the assertion',
      [{ aud: AUD, email: 'bob@example.com' }, { email: 'ada@example.com' }],
      401,
    ],
    ['with a forged assertion', [{ aud: AUD, email: 'ada@example.com' }, { aud: 'another' }], 401],
    ['of another application', [{ aud: 'another', email: 'ada@example.com' }], 401],
    ['without a person', [{ aud: AUD }], 401],
    ['absent', [undefined], 401],
  ])('%s', async (_how, given, status) => {
    expect(await through(...given)).toBe(status)
  })
})

describe('a session of a person', () => {
  const enterAs = async (here: TestConsole, email: string) => {
    const jwt = await assertion(here, { claims: { email } })
    const someone = visitor(here, undefined, { 'cf-access-jwt-assertion': jwt })
    const login = await someone.html('/login')
    const entered = await someone.post('/login', { as: 'person' })
    return { someone, login, entered }
  }

  it('begins with one click, with the mapped role', async () => {
    const here = newConsole(ACCESS)
    const { someone, login, entered } = await enterAs(here, 'bob@example.com')
    expect(login).toContain('Go on as operator')
    expect(entered.headers.get('location')).toBe('/')
    expect((await someone.get('/')).status).toBe(200)
    const [open] = await env.REGISTRY.getByName('registry').operators.sessions(here.clock.nowMs)
    expect(open).toMatchObject({ actor: 'access:bob@example.com', role: 'operator' })
  })

  it('is refused without an assertion, or with one for another person', async () => {
    const here = newConsole(ACCESS)
    const { someone } = await enterAs(here, 'bob@example.com')
    expect((await copyOf(someone, here).get('/')).status).toBe(303)
    const other = await enterAs(here, 'eve@example.com')
    for (const [name, value] of someone.cookies) other.someone.cookies.set(name, value)
    expect((await other.someone.get('/')).status).toBe(303)
  })

  it('has the current role of the person, and ends when the role is removed', async () => {
    const here = newConsole(ACCESS)
    const { someone } = await enterAs(here, 'ada@example.com')
    const html = await someone.html('/')
    const jwt = await assertion(here)
    const later = (roles: string) => {
      const console = newConsole({ ...ACCESS, ACCESS_ROLES: roles })
      const again = visitor(console, undefined, { 'cf-access-jwt-assertion': jwt })
      for (const [name, value] of someone.cookies) again.cookies.set(name, value)
      return again
    }
    expect((await later('').get('/')).status).toBe(303)
    const viewer = later('ada@example.com=viewer')
    expect((await viewer.get('/')).status).toBe(200)
    const form_token = formTokenOf(html)
    expect((await viewer.post('/dead-letters/redrive-all', { form_token })).status).toBe(403)
  })

  it.each([
    ['unmapped', { email: 'eve@other.example' }, 'you have no role here'],
    ['unverified', { aud: 'another' }, 'could not be verified'],
  ])('does not begin for somebody %s', async (_what, claims, says) => {
    const here = newConsole(ACCESS)
    const jwt = await assertion(here, { claims })
    const someone = visitor(here, undefined, { 'cf-access-jwt-assertion': jwt })
    const response = await someone.post('/login', { as: 'person' })
    expect(response.status).toBe(403)
    expect(await response.text()).toContain(says)
    expect(someone.cookies.size).toBe(0)
  })
})
