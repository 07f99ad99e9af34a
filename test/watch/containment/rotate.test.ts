/** An emergency rotation: only where nobody has to fetch the new value. */
import { describe, expect, it } from 'vitest'
import { statesOf } from '../../registry/support.ts'
import { WHO } from '../../support/who.ts'
import { DOCUMENT, HOSTILE, SHOP, inWorld } from './world.ts'

const SPARKPOST = {
  provider: 'sparkpost',
  provisioner: { webhookId: 'a1b2c3' },
  secrets: {
    basic_auth: { username: 'hooks', password: 'a-password-of-sparkpost' },
    esp_api_token: 'a-token-of-the-api-of-sparkpost',
  },
}
const MAILGUN = { provider: 'mailgun', secrets: { signing_key: 'a-signing-key-of-mailgun-0123456789' } }

const rotate = (slot: string) => ({ action: 'rotate', slot }) as const

describe('a rotation as containment', () => {
  it('revokes the old version, sets the new one at the ESP, and is recorded with the incident', async () => {
    await inWorld(SPARKPOST, async (world) => {
      const hosts: string[] = []
      world.registry.world.outside = async (request) => {
        hosts.push(new URL(request.url).host)
        return new Response(null, { status: 200 })
      }
      world.attacked(HOSTILE)
      await world.pass(1)
      const result = await world.contain(rotate('basic_auth'), 1)
      expect(result).toMatchObject({ ok: true, containment: { measure: rotate('basic_auth'), incident: 1 } })
      expect(hosts).toEqual(['api.sparkpost.com'])
      expect(await statesOf(world.registry)).toEqual([
        'basic_auth/1 revoked',
        'basic_auth/2 active',
        'esp_api_token/1 active',
      ])
      const incident = await world.incidents.incident(1, null)
      // It is over at once, so the incident is not contained by it.
      expect(incident).toMatchObject({ state: 'open', containments: [{ measure: rotate('basic_auth') }] })
      const id = result.ok ? result.containment.id : ''
      expect(await world.incidents.lift(id, WHO)).toBeNull()
    })
  })

  it.each([
    ['a value that somebody would have to fetch', DOCUMENT, 'hmac', 'value_needed'],
    ['a value that the ESP makes', MAILGUN, 'signing_key', 'value_needed'],
    ['a slot that the source does not have', DOCUMENT, 'basic_auth', 'secret_unknown'],
  ])('of %s is refused, and revokes nothing', async (_what, document, slot, code) => {
    await inWorld(document, async (world) => {
      const before = await statesOf(world.registry)
      expect(before).toHaveLength(1)
      expect(await world.contain(rotate(slot))).toEqual({ ok: false, code })
      expect(await statesOf(world.registry)).toEqual(before)
    })
  })

  it('of what is no source is refused', async () => {
    await inWorld(DOCUMENT, async (world) => {
      expect(await world.contain(rotate('hmac'), null, 'nobody')).toEqual({
        ok: false,
        code: 'source_unknown',
      })
    })
  })
})

it('the registry revokes nothing in an emergency if it may only generate, and does not', async () => {
  await inWorld(MAILGUN, async (world) => {
    const request = {
      kind: 'rotate',
      slot: 'signing_key',
      emergency: true,
      generatedOnly: true,
      force: true,
    } as const
    expect(await world.registry.sources.changeSecret(SHOP, request, WHO)).toEqual({
      ok: false,
      code: 'value_needed',
    })
    expect(await statesOf(world.registry)).toEqual(['signing_key/1 active'])
  })
})
