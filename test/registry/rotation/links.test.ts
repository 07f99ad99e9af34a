import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { openSecrets } from '../../../src/registry/rotation/sealed.ts'
import { REPLACING } from '../../support/restoring.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, actionsOf, statesOf, withSource } from '../support.ts'
import { link, revoke, rotate } from '../../support/secrets.ts'

const FIRST = 'first-secret-of-the-link-test'
const GENERIC = { provider: 'generic', secrets: { hmac: FIRST } }
const LINK = { sha256: 'a1'.repeat(32), lifeSeconds: 3_600 }
const OTHER = { sha256: 'b2'.repeat(32), lifeSeconds: 3_600 }

async function acceptedBy(registry: ClockedRegistry): Promise<string[]> {
  const sealed = await registry.snapshots.source('shop')
  if (sealed === null) return []
  const opened = await openSecrets(sealer(readMasterKeys(env.MASTER_KEY), 'secrets'), sealed)
  return (opened['hmac'] ?? []).map((secret) => (secret.kind === 'text' ? secret.text : secret.kind))
}

const linked = (registry: ClockedRegistry) =>
  rotate(registry, 'shop', { slot: 'hmac', hold: true, link: LINK }, WHO)

describe('a retrieval link', () => {
  it('gives the value once, and the version takes over', () =>
    withSource(GENERIC, async (registry) => {
      expect(await linked(registry)).toMatchObject({
        ok: true,
        version: 2,
        link: { endsAtMs: expect.any(Number) },
      })
      expect(await acceptedBy(registry)).toEqual([FIRST])

      const got = await registry.secrets.retrieve(LINK.sha256, WHO)
      if (!got.ok) throw new Error('not given')
      expect(got).toMatchObject({ source: 'shop', slot: 'hmac', version: 2 })
      expect(got.values).toEqual([{ name: 'secret', value: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) }])
      expect(await statesOf(registry)).toEqual(['hmac/1 retiring', 'hmac/2 active'])
      expect(await acceptedBy(registry)).toEqual([FIRST, got.values[0]?.value])
      expect(await registry.secrets.retrieve(LINK.sha256, WHO)).toEqual({ ok: false })

      expect(actionsOf(registry)).toEqual([
        'source.created source/shop',
        'secret.rotated secret/shop/hmac/2',
        'secret.retrieved secret/shop/hmac/2',
      ])
      const kept = JSON.stringify(registry.rows('SELECT * FROM audit'))
      expect(kept).not.toContain(got.values[0]?.value)
    }))

  it('that two use at the same time gives the value to one of them', () =>
    withSource(GENERIC, async (registry) => {
      await linked(registry)
      const both = await Promise.all(
        Array.from({ length: 8 }, () => registry.secrets.retrieve(LINK.sha256, WHO)),
      )
      expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    }))

  it('stays used after a crash, and the version stays active', () =>
    withSource(GENERIC, async (registry, restart) => {
      await linked(registry)
      await registry.secrets.retrieve(LINK.sha256, WHO)
      const after = restart()
      expect(await after.secrets.retrieve(LINK.sha256, WHO)).toEqual({ ok: false })
      expect(await statesOf(after)).toEqual(['hmac/1 retiring', 'hmac/2 active'])
    }))

  it('of an emergency rotation gives a version that is active already', () =>
    withSource(GENERIC, async (registry) => {
      await rotate(registry, 'shop', { slot: 'hmac', emergency: true, link: LINK }, WHO)
      expect(await statesOf(registry)).toEqual(['hmac/1 revoked', 'hmac/2 active'])
      const got = await registry.secrets.retrieve(LINK.sha256, WHO)
      expect(got.ok && [got.values[0]?.value]).toEqual(await acceptedBy(registry))
      expect(await link(registry, 'shop', 'hmac', 2, OTHER, WHO)).toMatchObject({ code: 'secret_unknown' })
    }))

  it('gives all parts of Basic credentials', () =>
    withSource(
      { provider: 'postmark', secrets: { basic_auth: { username: 'hooks', password: FIRST } } },
      async (registry) => {
        await rotate(registry, 'shop', { slot: 'basic_auth', hold: true, link: LINK }, WHO)
        expect(await registry.secrets.retrieve(LINK.sha256, WHO)).toMatchObject({
          values: [
            { name: 'username', value: 'hooks' },
            { name: 'password', value: expect.stringMatching(/^.{43}$/) },
          ],
        })
      },
    ))

  it('is refused for a value that the operator entered', () =>
    withSource(GENERIC, async (registry) => {
      const done = await rotate(
        registry,
        'shop',
        { slot: 'hmac', value: 'brought-by-the-operator', link: LINK },
        WHO,
      )
      expect(done).toMatchObject({ ok: true, link: null })
      expect(await registry.secrets.retrieve(LINK.sha256, WHO)).toEqual({ ok: false })
    }))

  it('can be replaced while the value is pending, and the previous link ends', () =>
    withSource(GENERIC, async (registry) => {
      await linked(registry)
      expect(await link(registry, 'shop', 'hmac', 2, OTHER, WHO)).toMatchObject({ ok: true, version: 2 })
      expect(await registry.secrets.retrieve(LINK.sha256, WHO)).toEqual({ ok: false })
      expect((await registry.secrets.retrieve(OTHER.sha256, WHO)).ok).toBe(true)
    }))

  it.each([
    ['a version that is active', 1],
    ['a version that is not there', 3],
  ])('is refused for %s', (_what, version) =>
    withSource(GENERIC, async (registry) => {
      await linked(registry)
      expect(await link(registry, 'shop', 'hmac', version, OTHER, WHO)).toMatchObject({
        code: 'secret_unknown',
      })
      expect(await registry.secrets.retrieve(OTHER.sha256, WHO)).toEqual({ ok: false })
    }),
  )

  const ENDS: readonly [string, (registry: ClockedRegistry) => Promise<unknown>][] = [
    ['when its time is over', async (registry) => (registry.world.clock += LINK.lifeSeconds * 1_000)],
    ['with a newer rotation', (registry) => rotate(registry, 'shop', { slot: 'hmac', hold: true }, WHO)],
    ['with the revocation of its version', (registry) => revoke(registry, 'shop', 'hmac', 2, false, WHO)],
    ['with its source', (registry) => registry.sources.remove('shop', WHO, null)],
    [
      'with its source, also when there is another of that name, with a version of that number',
      async (registry) => {
        await registry.sources.remove('shop', WHO, null)
        await registry.sources.put('shop', GENERIC, WHO, null)
        await rotate(registry, 'shop', { slot: 'hmac', hold: true }, WHO)
      },
    ],
  ]

  it.each(ENDS)('ends %s', (_when, act) =>
    withSource(GENERIC, async (registry) => {
      await linked(registry)
      await act(registry)
      const before = await statesOf(registry)
      expect(await registry.secrets.retrieve(LINK.sha256, WHO)).toEqual({ ok: false })
      expect(await statesOf(registry)).toEqual(before)
    }),
  )

  it('ends with the restore of a backup without its version, even if that number is used again', () =>
    withSource(GENERIC, async (registry) => {
      const { sealed } = await registry.backups.make(WHO)
      await linked(registry)
      const restored = await registry.backups.restore(sealed, REPLACING, WHO)
      expect(restored).toMatchObject({ ok: true })
      await rotate(registry, 'shop', { slot: 'hmac', hold: true }, WHO)
      expect(await statesOf(registry)).toEqual(['hmac/1 active', 'hmac/2 pending'])
      expect(await registry.secrets.retrieve(LINK.sha256, WHO)).toEqual({ ok: false })
    }))

  it('is stored in no form that can be used', () =>
    withSource(GENERIC, async (registry) => {
      await linked(registry)
      await registry.secrets.retrieve(LINK.sha256, WHO)
      expect(registry.rows('SELECT * FROM links')).toEqual([])
    }))
})
