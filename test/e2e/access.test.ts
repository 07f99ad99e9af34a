/** The console behind Cloudflare Access. The team's keys come from a server over HTTP, as in production. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import { fetch } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outboundFor } from '../../scripts/local/served-urls.ts'
import { jsonOf, send } from '../../src/simulator/http.ts'
import { type Postern, startPostern } from './postern.ts'

const TEAM = 'acme.cloudflareaccess.com'
const CERTS = `https://${TEAM}/cdn-cgi/access/certs`
const AUD = '32eafc7626e737a35a1cf4ce30ec5cf3'

let postern: Postern
let ours: CryptoKey
let theirs: CryptoKey
let asked = 0
const keys: object[] = []
const server = createServer((request, response) => {
  asked++
  response.writeHead(request.url === '/cdn-cgi/access/certs' ? 200 : 404, {
    'content-type': 'application/json',
  })
  response.end(JSON.stringify({ keys }))
})

beforeAll(async () => {
  const [one, other] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  ours = one.privateKey
  theirs = other.privateKey
  keys.push({ ...(await exportJWK(one.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  postern = await startPostern({
    outbound: outboundFor(new Map(), ({ url }) =>
      url === CERTS ? fetch(`http://127.0.0.1:${port}/cdn-cgi/access/certs`) : undefined,
    ),
    bindings: {
      ACCESS_TEAM_DOMAIN: TEAM,
      ACCESS_AUD: AUD,
      ACCESS_ROLES: 'ada@example.com=admin, @example.com=viewer',
    },
  })
})
afterAll(async () => {
  await postern.runtime.close()
  server.close()
})

const assertion = (claims: Record<string, unknown> = {}, key = ours, kid = 'k1') =>
  new SignJWT({ email: 'ada@example.com', aud: [AUD], iss: `https://${TEAM}`, type: 'app', ...claims })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuedAt()
    .setExpirationTime(typeof claims['exp'] === 'number' ? claims['exp'] : '1h')
    .sign(key)

async function me(jwt: string | undefined) {
  const answer = await send(new URL('/api/me', postern.runtime.url('console')), {
    method: 'GET',
    headers: jwt === undefined ? {} : { 'cf-access-jwt-assertion': jwt },
    body: new Uint8Array(),
  })
  const json = jsonOf(answer) as Record<string, unknown>
  return { status: answer.status, ...json }
}

describe('a person', () => {
  it.each([
    ['mapped by address', {}, { status: 200, actor: 'access:ada@example.com', role: 'admin' }],
    ['mapped by domain', { email: 'eve@example.com' }, { status: 200, role: 'viewer' }],
    ['not mapped', { email: 'eve@other.example' }, { status: 403, code: 'person_unmapped' }],
    ['let in to another application', { aud: ['other'] }, { status: 401, code: 'token_wrong' }],
    ['of another team', { iss: 'https://evil.cloudflareaccess.com' }, { status: 401, code: 'token_wrong' }],
    ['whose time is over', { exp: 1_700_000_000 }, { status: 401, code: 'token_wrong' }],
  ])('%s', async (_who, claims, expected) => {
    expect(await me(await assertion(claims))).toMatchObject(expected)
  })

  it('with a self-signed token is refused', async () => {
    expect(await me(await assertion({}, theirs))).toMatchObject({ status: 401 })
    expect(await me(await assertion({}, theirs, 'k9'))).toMatchObject({ status: 401 })
    expect(await me(undefined)).toMatchObject({ status: 401, code: 'token_missing' })
  })

  it('many at once fetch the keys at most twice', async () => {
    const jwt = await assertion()
    const answers = await Promise.all(Array.from({ length: 20 }, () => me(jwt)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    // Once at first, and once for the unknown key.
    expect(asked).toBeLessThanOrEqual(2)
  })
})
