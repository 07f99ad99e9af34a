import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { openSecrets } from '../../../src/registry/rotation/sealed.ts'
import type { RotateRequest } from '../../../src/registry/rotation/contract.ts'
import type { SealedSource } from '../../../src/registry/sources/source.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, DAY_MS, NOW_MS, statesOf, withSource } from '../support.ts'
import { activate, revoke, rotate } from '../../support/secrets.ts'

const FIRST = 'first-secret-of-the-life-test'
const SECOND = 'second-secret-of-the-life-test'
const PUBLIC_KEY =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWbU9cqu6+09xzOqT7Axkk53bu8QQiyimEVlly0EP9DUKA0+38xTt/gP8mGTMWgLG8tf3V/y81BwNU/OZhTFxiQ=='
const OTHER_KEY =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsSXxFdypbpI1/+01SbHEYSJL8LRfrx6wL0hXE9uij/bqDle9Yj73UGzvUtw8BxbMnAnhoJmiHOLsZuk9E0+qAw=='

const GENERIC = { provider: 'generic', secrets: { hmac: FIRST } }
const SENDGRID = { provider: 'sendgrid', secrets: { public_key: PUBLIC_KEY } }

/** The secrets that a gateway gets if it loads the source now. */
async function acceptedBy(registry: ClockedRegistry): Promise<unknown> {
  const sealed = await registry.snapshots.source('shop')
  return openSecrets(sealer(readMasterKeys(env.MASTER_KEY), 'secrets'), sealed as SealedSource)
}

describe('an auth method that a rotation makes usable', () => {
  const LISTED = { ...GENERIC, allowedIps: ['192.0.2.0/24'] }
  const strictnessOf = async (registry: ClockedRegistry): Promise<unknown> => {
    const config = (await registry.sources.find('shop'))?.config
    return [config?.level, config?.requireSourceIp]
  }

  it.each<[string, Record<string, unknown>, RotateRequest, unknown]>([
    ['a weaker one', GENERIC, { slot: 'api_key', value: SECOND }, ['enhanced', false]],
    ['a weaker one, with a list', LISTED, { slot: 'api_key', value: SECOND }, ['enhanced', true]],
    ['another of the same', LISTED, { slot: 'hmac', value: SECOND }, ['standard', false]],
    [
      'a weaker one where the document says more',
      { ...LISTED, level: 'maximum' },
      { slot: 'api_key', value: SECOND },
      ['maximum', false],
    ],
    [
      'a weaker one that is not used',
      { ...LISTED, auth: { methods: ['signature'] } },
      { slot: 'api_key', value: SECOND },
      ['standard', false],
    ],
    [
      'a weaker one beside which the signature is needed',
      { ...LISTED, auth: { require: 'all' } },
      { slot: 'api_key', value: SECOND },
      ['standard', false],
    ],
    ['one that nobody has yet', LISTED, { slot: 'api_key', hold: true }, ['standard', false]],
  ])('%s changes the default as a document would', (_what, document, request, strictness) =>
    withSource(document, async (registry) => {
      expect(await rotate(registry, 'shop', request, WHO)).toMatchObject({ ok: true })
      expect(await strictnessOf(registry)).toEqual(strictness)
    }),
  )

  it('counts once it is accepted, and its revocation makes nothing less strict', () =>
    withSource(LISTED, async (registry) => {
      await rotate(registry, 'shop', { slot: 'api_key', hold: true }, WHO)
      expect(await strictnessOf(registry)).toEqual(['standard', false])
      await activate(registry, 'shop', 'api_key', 1, undefined, WHO)
      expect(await strictnessOf(registry)).toEqual(['enhanced', true])
      await revoke(registry, 'shop', 'api_key', 1, false, WHO)
      expect(await strictnessOf(registry)).toEqual(['enhanced', true])
    }))
})

describe('a rotation', () => {
  it.each([
    ['the active value', PUBLIC_KEY, ['public_key/1 active']],
    ['another', OTHER_KEY, ['public_key/1 retiring', 'public_key/2 active']],
  ])('that is for new values alone, to %s', (_what, value, states) =>
    withSource(SENDGRID, async (registry) => {
      const done = await rotate(registry, 'shop', { slot: 'public_key', value, unlessActive: true }, WHO)
      expect(done).toMatchObject({ ok: true, changed: states.length > 1 })
      expect(await statesOf(registry)).toEqual(states)
    }),
  )

  it('by hand makes the new value active and lets the old one retire', () =>
    withSource(GENERIC, async (registry) => {
      const done = await rotate(registry, 'shop', { slot: 'hmac', value: SECOND }, WHO)
      expect(done).toMatchObject({ ok: true, version: 2, unreached: [] })
      expect(await statesOf(registry)).toEqual(['hmac/1 retiring', 'hmac/2 active'])
      expect(await acceptedBy(registry)).toEqual({
        hmac: [
          { kind: 'text', text: FIRST, acceptedUntilMs: NOW_MS + DAY_MS },
          { kind: 'text', text: SECOND },
        ],
      })
    }))

  it('refuses the old value after the grace period, and deletes it at the next change', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', { slot: 'hmac', value: SECOND, graceSeconds: 60 }, WHO)
      registry.world.clock += 60_000
      expect(await acceptedBy(registry)).toEqual({ hmac: [{ kind: 'text', text: SECOND }] })
      await registry.sources.put('shop', { provider: 'generic', ratePerMinute: 1 }, WHO, null)
      expect(await statesOf(registry)).toEqual(['hmac/1 revoked', 'hmac/2 active'])
    }))

  it('without grace deletes the old value at once', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', { slot: 'hmac', value: SECOND, emergency: true }, WHO)
      expect(await statesOf(registry)).toEqual(['hmac/1 revoked', 'hmac/2 active'])
      expect(await acceptedBy(registry)).toEqual({ hmac: [{ kind: 'text', text: SECOND }] })
    }))

  it('generates 32 random bytes, which are pending until somebody has fetched them', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', { slot: 'hmac', hold: true }, WHO)
      expect(await statesOf(registry)).toEqual(['hmac/1 active', 'hmac/2 pending'])
      expect(await acceptedBy(registry)).toEqual({ hmac: [{ kind: 'text', text: FIRST }] })
      await activate(registry, 'shop', 'hmac', 2, undefined, WHO)
      expect(await statesOf(registry)).toEqual(['hmac/1 retiring', 'hmac/2 active'])
      expect(await acceptedBy(registry)).toMatchObject({
        hmac: [{ text: FIRST }, { text: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) }],
      })
    }))

  it('revokes a value that is still pending', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', { slot: 'hmac', hold: true }, WHO)
      await rotate(registry, 'shop', { slot: 'hmac', hold: true }, WHO)
      expect(await statesOf(registry)).toEqual(['hmac/1 active', 'hmac/2 revoked', 'hmac/3 pending'])
    }))

  it('keeps the user name of Basic credentials', () =>
    withSource(
      { provider: 'postmark', secrets: { basic_auth: { username: 'hooks', password: FIRST } } },
      async (registry) => {
        await rotate(registry, 'shop', { slot: 'basic_auth', emergency: true }, WHO)
        expect(await acceptedBy(registry)).toEqual({
          basic_auth: [
            { kind: 'basic', username: 'hooks', password: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) },
          ],
        })
      },
    ))

  const REFUSED: readonly [string, Record<string, unknown>, RotateRequest, string][] = [
    ['of a slot that the provider does not have', GENERIC, { slot: 'public_keys' }, 'secret_unknown'],
    ['of a secret that the ESP makes, without its value', SENDGRID, { slot: 'public_key' }, 'value_needed'],
    ['to a value that is none', GENERIC, { slot: 'hmac', value: 'changeme' }, 'document_invalid'],
    ['to a key of the wrong kind', SENDGRID, { slot: 'public_key', value: FIRST }, 'document_invalid'],
    [
      'at once that leaves nothing to prove a delivery with',
      SENDGRID,
      { slot: 'public_key', emergency: true },
      'would_strand',
    ],
  ]

  it.each(REFUSED)('%s is refused and changes nothing', (_what, document, request, code) =>
    withSource(document, async (registry) => {
      const before = await registry.sources.find('shop')
      const done = await rotate(registry, 'shop', request, WHO)
      expect(done).toMatchObject({ ok: false, code })
      expect(await registry.sources.find('shop')).toEqual(before)
      expect(JSON.stringify(done)).not.toMatch(/changeme|first-secret/)
    }),
  )

  it('in an emergency closes a source whose secret has leaked, if forced', () =>
    withSource(SENDGRID, async (registry) => {
      await rotate(registry, 'shop', { slot: 'public_key', emergency: true, force: true }, WHO)
      expect(await statesOf(registry)).toEqual(['public_key/1 revoked'])
      expect(await acceptedBy(registry)).toEqual({})
    }))

  it('of an unknown source is refused', () =>
    withSource(GENERIC, async (registry) => {
      expect(await rotate(registry, 'nobody', { slot: 'hmac' }, WHO)).toEqual({
        ok: false,
        code: 'source_unknown',
      })
    }))

  it('is refused while the maximum of versions is accepted', () =>
    withSource(GENERIC, async (registry) => {
      const codes: (string | number | null)[] = []
      for (let i = 0; i < 8; i++) {
        const done = await rotate(registry, 'shop', { slot: 'hmac' }, WHO)
        codes.push(done.ok ? done.version : done.code)
      }
      expect(codes).toEqual([2, 3, 4, 5, 6, 7, 8, 'too_many_versions'])
    }))
})

describe('a revocation', () => {
  it('of the last secret needs force', () =>
    withSource(GENERIC, async (registry) => {
      expect(await revoke(registry, 'shop', 'hmac', 1, false, WHO)).toMatchObject({ code: 'would_strand' })
      expect(await revoke(registry, 'shop', 'hmac', 1, true, WHO)).toMatchObject({ ok: true, version: 1 })
      expect(await acceptedBy(registry)).toEqual({})
    }))

  it('of a retiring secret ends it at once', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', { slot: 'hmac', value: SECOND }, WHO)
      await revoke(registry, 'shop', 'hmac', 1, false, WHO)
      expect(await acceptedBy(registry)).toEqual({ hmac: [{ kind: 'text', text: SECOND }] })
      expect(await revoke(registry, 'shop', 'hmac', 1, true, WHO)).toMatchObject({ code: 'secret_unknown' })
    }))

  it('deletes the value', () =>
    withSource(GENERIC, async (registry) => {
      await revoke(registry, 'shop', 'hmac', 1, true, WHO)
      const left = registry.rows('SELECT sealed FROM secrets')
      expect(left).toEqual([{ sealed: null }])
    }))

  it('is undone for a value that a document removed and names again', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', { slot: 'hmac', value: SECOND }, WHO)
      await registry.sources.put('shop', GENERIC, WHO, null)
      expect(await statesOf(registry)).toEqual(['hmac/1 active', 'hmac/2 revoked'])
    }))
})

it('keeps the last twenty versions of a slot, and uses no number twice', () =>
  withSource(GENERIC, async (registry) => {
    for (let i = 0; i < 30; i++) await rotate(registry, 'shop', { slot: 'hmac', emergency: true }, WHO)
    const states = await statesOf(registry)
    expect([states.length, states[0], states.at(-1)]).toEqual([20, 'hmac/12 revoked', 'hmac/31 active'])
  }))

it('runs simultaneous changes one after the other, and records each', () =>
  withSource(GENERIC, async (registry) => {
    const rates = [1, 2, 3, 4, 5, 6]
    await Promise.all(
      rates.map((ratePerMinute) =>
        registry.sources.put('shop', { provider: 'generic', ratePerMinute }, WHO, null),
      ),
    )
    const lines = registry.rows<{ text: string }>('SELECT text FROM audit ORDER BY seq')
    const after = lines.map(({ text }) => JSON.parse(text).after.config.ratePerMinute)
    const before = lines.map(({ text }) => JSON.parse(text).before?.config.ratePerMinute)
    expect(new Set(after.slice(1))).toEqual(new Set(rates))
    expect(before.slice(1)).toEqual(after.slice(0, -1))
  }))

describe('a value that was revoked as leaked', () => {
  const emergency: RotateRequest = { slot: 'hmac', emergency: true }

  it.each([
    ['in an emergency', (registry: ClockedRegistry) => rotate(registry, 'shop', emergency, WHO)],
    ['by hand', (registry: ClockedRegistry) => revoke(registry, 'shop', 'hmac', 1, true, WHO)],
  ])('%s is refused in a document, and in a rotation without force', (_how, revoke) =>
    withSource(GENERIC, async (registry) => {
      await revoke(registry)
      const refused = { ok: false, code: 'document_invalid', problems: [{ path: 'secrets.hmac' }] }
      expect(await registry.sources.put('shop', GENERIC, WHO, null)).toMatchObject(refused)
      expect(await rotate(registry, 'shop', { slot: 'hmac', value: FIRST }, WHO)).toMatchObject(refused)
      expect(await acceptedBy(registry)).not.toMatchObject({ hmac: [{ text: FIRST }] })
      const forced = { slot: 'hmac', value: FIRST, force: true }
      expect(await rotate(registry, 'shop', forced, WHO)).toMatchObject({ ok: true })
    }),
  )

  it('is refused for a source that is created again', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', emergency, WHO)
      await registry.sources.remove('shop', WHO, null)
      expect(await registry.sources.put('shop', GENERIC, WHO, null)).toMatchObject({
        code: 'document_invalid',
      })
    }))

  it('is stored as a keyed hash', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', emergency, WHO)
      expect(registry.rows('SELECT hash FROM leaks')).toEqual([
        { hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ])
    }))

  it('is forgotten after a hundred others', () =>
    withSource(GENERIC, async (registry) => {
      for (let i = 0; i < 101; i++) {
        registry.world.clock += 1
        await rotate(registry, 'shop', emergency, WHO)
      }
      expect(registry.rows('SELECT count(*) AS count FROM leaks')).toEqual([{ count: 100 }])
    }))
})
