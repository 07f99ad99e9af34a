import { expect, it } from 'vitest'
import { originalRequest } from '../../src/gateway/original-request.ts'
import type { Delivery } from '../../src/providers/shared/presented-credentials.ts'
import type { Source } from '../../src/registry/sources/source.ts'

const sentOn = (headers: Record<string, string>) =>
  originalRequest(
    {
      method: 'POST',
      url: 'https://hooks.example.test/hooks/shop?a=b',
      headers: new Headers(headers),
      body: new Uint8Array(0),
    } as unknown as Delivery,
    { forwardsTo: ['app'] } as unknown as Source,
  )?.headers

const OWN = { authorization: 'Bearer t', 'x-signature': 's'.repeat(200) }

it.each<[string, Record<string, string>]>([
  ['of the connection', { connection: 'keep-alive, X-Hop', 'keep-alive': '1', 'x-hop': 'a', te: 'trailers' }],
  ['that ask for a part', { range: 'bytes=0-1', expect: '100-continue' }],
  ['of proxies', { via: '1.1 a', 'cf-ray': 'r', 'x-forwarded-for': '192.0.2.1' }],
  ['that are too long together', { 'a-first': 'x'.repeat(60_000), 'z-last': 'x'.repeat(16_384) }],
])('sends on no headers %s, and all others', (_what, headers) => {
  expect(sentOn({ ...headers, ...OWN })).toEqual(OWN)
})

it('sends on 16 KB of headers', () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`x-${i + 10}`, 'v'.repeat(1_000)]))
  const sent = sentOn({ ...many, ...OWN }) ?? {}
  expect(sent).toMatchObject(OWN)
  expect(JSON.stringify(Object.entries(sent).flat().join('')).length).toBeLessThan(16_400)
  expect(Object.keys(sent).length).toBeGreaterThan(15)
})
