/** Requests that deliveries cause before they are verified, through the whole gateway. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { limiterOf, newGateway, putSource } from '../support/gateway.ts'
import { delivered } from '../support/generic.ts'

afterEach(() => vi.unstubAllGlobals())

const SENDER = '192.0.2.1'
const STRANGER = '10.0.0.7'

/** A source that takes OAuth 2 tokens, its authorization server, and a limiter that lets so many failed proofs pass. */
async function attacked(failuresLeft = Infinity, addressOfServer = '1.1.1.1') {
  const oauth2 = {
    introspection_url: 'https://auth.example/introspect',
    client_id: 'postern',
    client_secret: 'secret-of-an-authorization-server-0123',
  }
  const name = await putSource({ provider: 'generic', secrets: { oauth2 } })
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string, init: { readonly body: string }) => {
    if (url.startsWith('https://cloudflare-dns.com/')) {
      const answers = url.endsWith('type=1') ? [{ type: 1, data: addressOfServer }] : []
      return Response.json({ Status: 0, Answer: answers })
    }
    const token = new URLSearchParams(init.body).get('token') ?? ''
    asked.push(token)
    return Response.json({ active: token.startsWith('genuine') })
  })
  const gateway = newGateway({
    FAILURE_LIMITER: limiterOf(failuresLeft),
  })
  let made = 0
  const send = async (token: string, address: string, message = `m-${made++}`) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'cf-connecting-ip': address,
    }
    const response = await gateway.fetch(`/hooks/${name}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(delivered(message)),
    })
    return response.status
  }
  return { gateway, asked, send, genuine: (address = SENDER) => send(`genuine-${made}`, address) }
}

describe('an authorization server', () => {
  it.each([
    ['on the internet', '1.1.1.1', [200, 200], 2],
    ['at a private address', '10.0.0.1', [503, 503], 0],
    ['at the address of metadata', '169.254.169.254', [503, 503], 0],
    ['at no address', 'nowhere', [503, 503], 0],
  ])('%s', async (_where, address, statuses, count) => {
    const { asked, genuine } = await attacked(Infinity, address)
    expect([await genuine(), await genuine()]).toEqual(statuses)
    expect(asked).toHaveLength(count)
  })
})

describe('a client whose failed proofs are rate limited', () => {
  it('causes no introspection, and gets 429 without a log line', async () => {
    const { asked, send } = await attacked(3)
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) statuses.push(await send(`random-${i}`, STRANGER))
    expect(statuses).toEqual([401, 401, 401, ...Array.from({ length: 17 }, () => 429)])
    expect(asked).toHaveLength(4)
    expect(await send('genuine-new', STRANGER)).toBe(429)
    expect(asked).toHaveLength(4)
  })

  it('still gets deliveries accepted with a token that was introspected before, and from a verified network', async () => {
    const { send, genuine } = await attacked(0)
    expect(await send('genuine-known', SENDER)).toBe(200)
    for (const address of [STRANGER, '192.0.2.99']) expect(await send('random', address)).toBe(429)
    expect(await send('genuine-known', STRANGER)).toBe(200)
    expect(await genuine('192.0.2.99')).toBe(200)
  })

  it('does not become verified by a captured delivery that it sends again', async () => {
    const { asked, send, genuine } = await attacked(0)
    expect(await send('genuine-captured', SENDER, 'm-captured')).toBe(200)
    // A duplicate is acknowledged.
    expect(await send('genuine-captured', STRANGER, 'm-captured')).toBe(200)
    expect(await send('random', STRANGER)).toBe(429)
    const before = asked.length
    expect(await genuine(STRANGER)).toBe(429)
    expect(asked).toHaveLength(before)
  })
})

describe('strangers from many networks', () => {
  it('leave the introspection budget to a sender that was verified', async () => {
    const { gateway, send, genuine } = await attacked()
    const statuses = [await genuine()]
    for (let i = 0; i < 400; i++) {
      gateway.clock.nowMs += 20
      await send(`random-${i}`, `10.0.${i % 200}.7`)
      if (i % 20 === 0) statuses.push(await genuine())
    }
    expect(new Set(statuses)).toEqual(new Set([200]))
  })
})
