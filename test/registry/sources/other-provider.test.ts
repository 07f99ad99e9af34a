/** A source that changes its provider: what was stored for one ESP is never used at another. */
import { describe, expect, it } from 'vitest'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, DAY_MS, statesOf, withSource } from '../support.ts'
import { rotate } from '../../support/secrets.ts'

const STORED = { stored: true }
const TOKEN = 'api-key-of-sparkpost-0123456789'
const SPARKPOST = {
  provider: 'sparkpost',
  provisioner: { webhookId: 'a1b2c3' },
  secrets: { basic_auth: { username: 'hooks', password: 'a-password-of-sparkpost' }, esp_api_token: TOKEN },
}
const POSTMARK = { provider: 'postmark', provisioner: { webhookId: '1234567' } }
const OWN_PAIR = { username: 'hooks', password: 'a-password-of-postmark' }

/** Called hosts, with everything that they were sent. */
function listening(registry: ClockedRegistry, status = 200): [host: string, sent: string][] {
  const asked: [string, string][] = []
  registry.world.outside = async (request) => {
    asked.push([new URL(request.url).host, JSON.stringify([...request.headers]) + (await request.text())])
    return new Response(null, { status })
  }
  return asked
}

const put = (registry: ClockedRegistry, document: object) => registry.sources.put('shop', document, WHO, null)
const rotateHeld = (registry: ClockedRegistry) =>
  rotate(registry, 'shop', { slot: 'basic_auth', hold: true }, WHO)
const apply = (registry: ClockedRegistry, document: object, dryRun = false) =>
  registry.configuration.apply(
    { sources: { shop: document }, prune: false, expectedVersion: null, dryRun },
    WHO,
  )

describe('a source under another provider', () => {
  it.each<[string, object]>([
    ['no secrets', POSTMARK],
    ['all secrets as they are stored', { ...POSTMARK, secrets: { basic_auth: STORED, esp_api_token: STORED } }],
    ['the API key as it is stored', { ...POSTMARK, secrets: { basic_auth: OWN_PAIR, esp_api_token: STORED } }],
    ['the password as it is stored', { ...POSTMARK, secrets: { basic_auth: STORED } }],
    ['a provider without provisioners', { provider: 'mailjet', secrets: { basic_auth: STORED } }],
    ['a provider without provisioners, and no secrets', { provider: 'mailjet' }],
  ])('is not saved with %s', (_what, document) =>
    withSource(SPARKPOST, async (registry) => {
      const before = await statesOf(registry)
      const asked = listening(registry)
      expect(await put(registry, document)).toMatchObject({
        ok: false,
        code: 'document_invalid',
        problems: expect.arrayContaining([{ path: expect.stringMatching(/^secrets/), problem: expect.any(String) }]),
      })
      for (const dryRun of [true, false])
        expect(await apply(registry, document, dryRun)).toMatchObject({ ok: false, code: 'configuration_invalid' })
      expect(await statesOf(registry)).toEqual(before)
      expect(await rotateHeld(registry)).toMatchObject({ ok: true })
      expect(asked.map(([host]) => host)).toEqual(['api.sparkpost.com'])
    }),
  ) // prettier-ignore

  it.each(['put', 'apply'])('has only its own secrets, by %s', (how) =>
    withSource(SPARKPOST, async (registry) => {
      const document = { ...POSTMARK, secrets: { basic_auth: OWN_PAIR } }
      expect(await (how === 'put' ? put : apply)(registry, document)).toMatchObject({ ok: true })
      expect(await statesOf(registry)).toEqual([
        'basic_auth/1 revoked',
        'basic_auth/2 active',
        'esp_api_token/1 revoked',
      ])
      const asked = listening(registry)
      // The previous secrets cannot come back, either.
      expect(await put(registry, { ...SPARKPOST, secrets: { basic_auth: OWN_PAIR, esp_api_token: STORED } })).toMatchObject({ ok: false })
      expect(await rotateHeld(registry)).toMatchObject({ ok: true })
      expect(asked).toEqual([])
    }),
  ) // prettier-ignore

  it('has no pending installs of the previous ESP', () =>
    withSource(SPARKPOST, async (registry) => {
      const asked = listening(registry, 503)
      expect(await rotateHeld(registry)).toMatchObject({ ok: true })
      expect(asked.map(([host]) => host)).toEqual(['api.sparkpost.com'])
      // The pending password itself, so that its version is kept.
      const waiting = /"password":"([^"]+)"/.exec(asked[0]?.[1] ?? '')?.[1]
      const secrets = { basic_auth: { username: 'hooks', password: waiting }, esp_api_token: 'token-of-postmark-012345' }
      expect(await put(registry, { ...POSTMARK, secrets })).toMatchObject({ ok: true })
      expect(await statesOf(registry)).toContain('basic_auth/2 active')
      registry.world.clock += DAY_MS
      await registry.alarm()
      expect(asked).toHaveLength(1)
      expect(registry.rows('SELECT * FROM pending_installs')).toEqual([])
    })) // prettier-ignore

  it('ends the links to values for the previous provider', () =>
    withSource({ provider: 'mailjet', secrets: { basic_auth: SPARKPOST.secrets.basic_auth } }, async (registry) => {
      const link = { sha256: 'ab'.repeat(32), lifeSeconds: 3_600 }
      expect(await rotate(registry, 'shop', { slot: 'basic_auth', hold: true, link }, WHO)).toMatchObject({ ok: true })
      expect(registry.rows('SELECT * FROM links')).toHaveLength(1)
      expect(await put(registry, { provider: 'postmark', secrets: { basic_auth: OWN_PAIR } })).toMatchObject({ ok: true })
      expect(registry.rows('SELECT * FROM links')).toEqual([])
    })) // prettier-ignore

  it('does not keep the previous URL', () =>
    withSource({ provider: 'mandrill', publicUrl: 'https://u:p@hooks.example/?t=1', secrets: { webhook_key: 'a-key-of-mandrill' } }, async (registry) => {
      const bird = { provider: 'bird', secrets: { signing_key: 'a-key-of-bird-012345' } }
      const shown = 'https://***@hooks.example/?t=***'
      expect(await put(registry, { ...bird, publicUrl: shown })).toMatchObject({ ok: false, problems: [{ path: 'publicUrl' }] })
      expect(await put(registry, { ...bird, secrets: { ...bird.secrets, webhook_url: STORED } })).toMatchObject({ ok: false })
      expect(await put(registry, bird)).toMatchObject({ ok: true })
      expect((await registry.sources.find('shop'))?.config.publicUrl).toBeUndefined()
    })) // prettier-ignore

  it('keeps them if the provider does not change', () =>
    withSource(SPARKPOST, async (registry) => {
      const asked = listening(registry)
      const moved = { ...SPARKPOST, provisioner: { webhookId: 'd4e5f6', region: 'eu' } }
      expect(await put(registry, { ...moved, secrets: { basic_auth: STORED, esp_api_token: STORED } })).toMatchObject({ ok: true })
      expect(await rotateHeld(registry)).toMatchObject({ ok: true })
      expect(asked.map(([host]) => host)).toEqual(['api.eu.sparkpost.com'])
      expect(asked[0]?.[1]).toContain(TOKEN)
    })) // prettier-ignore
})
