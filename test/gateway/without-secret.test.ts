/** A source without a secret, through the real gateway, guard and registry. */
import { describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/providers/index.ts'
import { newGateway, putSource, registry } from '../support/gateway.ts'
import { SECRET, delivered, signGeneric } from '../support/generic.ts'
import { WHO } from '../support/who.ts'
import { revoke, rotate } from '../support/secrets.ts'

const RECEIVING = PROVIDERS.filter(({ authMethods }) => authMethods.length > 0)

describe('a source without a secret', () => {
  it.each(RECEIVING.map((provider) => [provider.name, provider] as const))(
    'accepts nothing from %s, at the lowest level and from any address',
    async (name, provider) => {
      const gateway = newGateway()
      const source = `closed-${name}`
      const document = { provider: name, level: 'standard', requireSourceIp: false, requireTls: false }
      await putSource(document, source)
      const method = provider.methods.includes('POST') ? 'POST' : (provider.methods[0] ?? 'POST')
      const body = method === 'GET' ? null : '[]'
      const types = provider.contentTypes === 'any' ? ['application/json'] : provider.contentTypes
      const headers = { 'content-type': types[0] ?? '', 'cf-connecting-ip': '192.0.2.1' }
      const query = method === 'GET' ? '?to=ada@example.com&status=Sent' : ''
      const answer = await gateway.fetch(`/hooks/${source}${query}`, { method, headers, body })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(gateway.queue.envelopes).toEqual([])
    },
  )

  it('accepts the next delivery after it has one, and none after it has lost it', async () => {
    const gateway = newGateway()
    const name = 'closed-at-first'
    const post = async (id: string) => {
      // A gateway asks at most once a second whether the source has changed.
      gateway.clock.nowMs += 1_000
      const signed = await signGeneric(delivered(id))
      return (await gateway.fetch(`/hooks/${name}`, signed)).status
    }
    await putSource({ provider: 'generic' }, name)
    expect(await post('m-1')).toBe(401)
    await rotate(registry(), name, { slot: 'hmac', value: SECRET }, WHO)
    expect(await post('m-2')).toBe(200)
    await revoke(registry(), name, 'hmac', 1, true, WHO)
    expect(await post('m-3')).toBe(401)
    await putSource({ provider: 'generic', secrets: { api_key: 'another-0123456789abcdef' } }, name)
    expect(await post('m-4')).toBe(401)
    expect(await gateway.queue.eventIds()).toHaveLength(1)
  })
})
