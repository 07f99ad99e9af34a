/** A source without a secret: it can be made, since some ESPs show theirs only after the URL is entered. It is closed until then. */
import { describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../../src/providers/index.ts'
import { RESTORING } from '../../support/restoring.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, withSource } from '../support.ts'
import { activate, revoke, rotate } from '../../support/secrets.ts'

const HMAC = 'hmac-secret-of-a-test-0123456789'
const API_KEY = 'api-key-of-a-test-0123456789'
const BASIC = { username: 'hooks', password: 'a-password-of-a-test-0123' }
const JWKS_URL = 'https://login.example/keys'
const SIGNATURE = { algorithm: 'ed25519', header: 'x-signature', encoding: 'hex', signed: '{body}' }

const put = (registry: ClockedRegistry, document: object, name = 'shop') =>
  registry.sources.put(name, document, WHO, null)
const add = (registry: ClockedRegistry, slot: string, value: unknown) =>
  rotate(registry, 'shop', { slot, value }, WHO)
const missing = async (registry: ClockedRegistry) => (await registry.sources.find('shop'))?.missingSecrets

const RECEIVING = PROVIDERS.filter(({ authMethods }) => authMethods.length > 0)

describe('a source without a secret', () => {
  it.each(RECEIVING.map((provider) => [provider.name, provider] as const))(
    'is made for %s, and names the slots that lack one',
    (name, provider) =>
      withSource({ provider: name }, async (registry) => {
        expect(await missing(registry)).toEqual([[...new Set(provider.authMethods.flatMap(({ slots }) => slots))]])
        expect((await registry.snapshots.source('shop'))?.secrets).toEqual([])
      }),
  ) // prettier-ignore

  it.each<[string, object, readonly (readonly string[])[]]>([
    ['no `secrets`', { provider: 'sendgrid' }, [['public_key', 'oauth2']]],
    ['empty `secrets`', { provider: 'sendgrid', secrets: {} }, [['public_key', 'oauth2']]],
    ['the signed URL alone', { provider: 'mandrill', publicUrl: 'https://u:p@hooks.example/' }, [['webhook_key']]],
    ['one method', { provider: 'sendgrid', auth: { methods: ['signature'] } }, [['public_key']]],
    ['a free signature', { provider: 'generic', auth: { methods: ['signature'] }, signature: SIGNATURE }, [['public_key']]],
    ['all methods', { provider: 'generic', auth: { require: 'all', methods: ['signature', 'basic'] } }, [['hmac', 'public_key'], ['basic_auth']]],
  ])('is made with %s', (_what, document, slots) =>
    withSource(document as Record<string, unknown>, async (registry) => expect(await missing(registry)).toEqual(slots)),
  ) // prettier-ignore

  it.each<[string, object, string]>([
    ['a misspelled slot', { provider: 'sendgrid', secrets: { public_kye: 'MFkw' } }, 'secrets.public_kye'],
    ['a misspelled `secrets`', { provider: 'sendgrid', secret: {} }, 'secret'],
    ['an unusable secret', { provider: 'sendgrid', secrets: { public_key: 'MFkw' } }, 'secrets.public_key'],
    ['an empty secret', { provider: 'generic', secrets: { hmac: '' } }, 'secrets.hmac'],
    ['an empty list', { provider: 'generic', secrets: { hmac: [] } }, 'secrets.hmac'],
    ['a stored secret', { provider: 'generic', secrets: { hmac: { stored: true } } }, 'secrets.hmac'],
    ['an unknown method', { provider: 'sendgrid', auth: { methods: ['password'] } }, 'auth.methods.0'],
    ['a provider that posts nothing', { provider: 'cloudflare-email' }, 'provider'],
    ['one of two methods', { provider: 'generic', auth: { require: 'all', methods: ['signature', 'api_key'] }, secrets: { api_key: API_KEY } }, 'auth.methods.0'],
    ['the key of another algorithm', { provider: 'generic', signature: SIGNATURE, secrets: { hmac: HMAC } }, 'signature.algorithm'],
  ])('is refused with %s', (_what, document, path) =>
    withSource({ provider: 'generic' }, async (registry) => {
      expect(await put(registry, document)).toMatchObject({ ok: false, problems: [{ path }] })
      expect(await put(registry, document, 'other')).toMatchObject({ ok: false, problems: [{ path }] })
    }),
  ) // prettier-ignore

  it.each<[string, string, unknown, object]>([
    ['a secret of the ESP', 'hmac', HMAC, { provider: 'generic' }],
    ['Basic credentials', 'basic_auth', BASIC, { provider: 'postmark' }],
  ])('opens with %s, brought alone or by a document', (_what, slot, value, document) =>
    withSource(document as Record<string, unknown>, async (registry) => {
      expect(await add(registry, slot, value)).toMatchObject({ ok: true, owner: { missingSecrets: null } })
      const other = { ...document, secrets: { [slot]: value } }
      expect(await put(registry, document, 'other')).toMatchObject({ ok: true })
      expect(await put(registry, other, 'other')).toMatchObject({ ok: true, owner: { missingSecrets: null } })
    }),
  ) // prettier-ignore

  it('stays closed while one of all methods lacks a secret', () =>
    withSource({ provider: 'generic', auth: { require: 'all', methods: ['signature', 'basic'] } }, async (registry) => {
      expect(await add(registry, 'basic_auth', BASIC)).toMatchObject({ owner: { missingSecrets: [['hmac', 'public_key']] } })
      expect(await add(registry, 'hmac', HMAC)).toMatchObject({ owner: { missingSecrets: null } })
    })) // prettier-ignore

  it('stays closed while a generated value waits', () =>
    withSource({ provider: 'generic' }, async (registry) => {
      const link = { sha256: 'ab'.repeat(32), lifeSeconds: 60 }
      const made = await rotate(registry, 'shop', { slot: 'hmac', hold: true, link }, WHO)
      expect(made).toMatchObject({ ok: true, owner: { missingSecrets: [expect.arrayContaining(['hmac'])] } })
      expect(await activate(registry, 'shop', 'hmac', 1, undefined, WHO)).toMatchObject({
        owner: { missingSecrets: null },
      })
    }))

  it('takes no key set without the binding that it needs', () =>
    withSource({ provider: 'azure-acs' }, async (registry) => {
      expect(await add(registry, 'jwks_url', JWKS_URL)).toMatchObject({
        ok: false,
        problems: [{ path: 'jwt.issuer' }, { path: 'jwt.audience' }],
      })
      await put(registry, { provider: 'azure-acs', jwt: { issuer: 'https://login.example/', audience: 'postern' } })
      expect(await add(registry, 'jwks_url', JWKS_URL)).toMatchObject({ owner: { missingSecrets: null } })
    })) // prettier-ignore

  it('becomes as strict as its first secret asks', () =>
    withSource({ provider: 'brevo' }, async (registry) => {
      expect(await add(registry, 'basic_auth', BASIC)).toMatchObject({
        owner: { config: { level: 'enhanced', requireSourceIp: true } },
      })
    }))

  it('may change its provider and settings, and stays closed', () =>
    withSource({ provider: 'generic' }, async (registry) => {
      expect(
        await put(registry, { provider: 'postmark', ratePerMinute: 5, level: 'standard' }),
      ).toMatchObject({
        ok: true,
        owner: { missingSecrets: [['basic_auth', 'headers']] },
      })
    }))

  it('is the same after a backup, and after its configuration is applied', () =>
    withSource({ provider: 'sendgrid' }, async (registry, restart) => {
      const { sealed } = await registry.backups.make(WHO)
      await registry.sources.remove('shop', WHO, null)
      expect(await restart().backups.restore(sealed, RESTORING, WHO)).toMatchObject({ ok: true })
      expect(await missing(registry)).toEqual([['public_key', 'oauth2']])
      const wanted = { sources: { shop: { provider: 'sendgrid', secrets: {} } }, prune: true, expectedVersion: null, dryRun: false }
      expect(await registry.configuration.apply(wanted, WHO)).toMatchObject({ ok: true, changes: [{ change: 'unchanged' }] })
      await registry.sources.remove('shop', WHO, null)
      expect(await registry.configuration.apply(wanted, WHO)).toMatchObject({ ok: true, changes: [{ change: 'created' }] })
      expect(await missing(registry)).toEqual([['public_key', 'oauth2']])
    })) // prettier-ignore
})

describe('a source that has a secret', () => {
  const OPEN = { provider: 'generic', secrets: { hmac: HMAC } }

  it.each<[string, object]>([
    ['empty `secrets`', { provider: 'generic', secrets: {} }],
    ['another provider', { provider: 'sendgrid' }],
    ['another provider and empty `secrets`', { provider: 'sendgrid', secrets: {} }],
  ])('does not lose it by a document with %s', (_what, document) =>
    withSource(OPEN, async (registry) => {
      expect(await put(registry, document)).toMatchObject({ ok: false, problems: [{ path: 'secrets' }] })
      expect(await missing(registry)).toBeNull()
    }),
  )

  it('is closed once it has lost it, whatever its settings become', () =>
    withSource({ ...OPEN, rotationGraceSeconds: 0 }, async (registry) => {
      expect(await revoke(registry, 'shop', 'hmac', 1, false, WHO)).toMatchObject({ code: 'would_strand' })
      expect(await revoke(registry, 'shop', 'hmac', 1, true, WHO)).toMatchObject({ ok: true })
      expect(await put(registry, { provider: 'generic', level: 'standard' })).toMatchObject({ ok: true })
      expect((await missing(registry))?.flat()).toContain('hmac')
      expect((await registry.snapshots.source('shop'))?.secrets).toEqual([])
      expect(await add(registry, 'hmac', HMAC)).toMatchObject({ ok: false, code: 'document_invalid' })
    }))
})
