import { describe, expect, it } from 'vitest'
import type { SecretRequest } from '../../../src/registry/rotation/contract.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, DAY_MS, inRegistry } from '../support.ts'
import { LINK, OTHER_WHSEC, WHSEC, loaded, pathsOf, document, put, states } from './support.ts'

const SLOT = 'signing_secret'

async function change(registry: ClockedRegistry, request: SecretRequest) {
  const done = await registry.destinations.changeSecret('app', request, WHO)
  if (!done.ok) throw new Error(done.code)
  return done
}

const signing = async (registry: ClockedRegistry) => ((await loaded(registry))[SLOT] ?? []).length

describe('a rotation', () => {
  it('signs with the old and the new secret from its beginning until the old one’s time is over', () =>
    inRegistry(async (registry) => {
      await put(registry, { secrets: { signing_secret: WHSEC } })
      const rotated = await change(registry, { kind: 'rotate', slot: SLOT, hold: true, link: LINK })
      expect(rotated).toMatchObject({
        version: 2,
        link: {},
        owner: { rotations: [{ state: 'waiting' }] },
      })
      expect(await states(registry)).toEqual(['signing_secret/1 active', 'signing_secret/2 pending'])
      expect(await signing(registry)).toBe(2)

      await registry.secrets.retrieve(LINK.sha256, WHO)
      expect(await states(registry)).toEqual(['signing_secret/1 retiring', 'signing_secret/2 active'])
      expect(await signing(registry)).toBe(2)
      registry.world.clock += DAY_MS
      expect(await signing(registry)).toBe(1)

      expect(await registry.secrets.rotateDue('', WHO)).toEqual({ reports: [], swept: 1, next: null })
      expect(await states(registry)).toEqual(['signing_secret/1 revoked', 'signing_secret/2 active'])
    }))

  it('takes a value, with a grace of its own', () =>
    inRegistry(async (registry) => {
      await put(registry, { secrets: { signing_secret: WHSEC } })
      await change(registry, { kind: 'rotate', slot: SLOT, value: OTHER_WHSEC, graceSeconds: 0 })
      expect(await states(registry)).toEqual(['signing_secret/1 revoked', 'signing_secret/2 active'])
    }))

  it('of a key needs nobody to fetch it: the receiver reads the public half', () =>
    inRegistry(async (registry) => {
      await put(registry, { ed25519: true })
      const rotated = await change(registry, { kind: 'rotate', slot: 'signing_key', hold: true, link: LINK })
      expect(rotated.link).toBeNull()
      expect(await states(registry)).toEqual([
        'signing_key/1 retiring',
        'signing_key/2 active',
        'signing_secret/1 pending',
      ])
      const keys = (await registry.destinations.find('app'))?.publicKeys ?? {}
      expect(new Set(Object.values(keys)).size).toBe(2)
      expect(Object.values(keys).every((key) => key.startsWith('whpk_'))).toBe(true)
    }))

  it('in an emergency ends the old secret at once, and it does not come back', () =>
    inRegistry(async (registry) => {
      await put(registry, { secrets: { signing_secret: WHSEC } })
      await change(registry, { kind: 'rotate', slot: SLOT, emergency: true, hold: true, link: LINK })
      expect(await states(registry)).toEqual(['signing_secret/1 revoked', 'signing_secret/2 active'])
      expect(await pathsOf(registry, document({ secrets: { signing_secret: WHSEC } }))).toEqual([
        'secrets.signing_secret',
      ])
    }))

  it('gives a second link while nobody has used the first', () =>
    inRegistry(async (registry) => {
      await put(registry, {}, LINK)
      const link = { ...LINK, sha256: 'b'.repeat(64) }
      expect(await change(registry, { kind: 'link', slot: SLOT, version: 1, link })).toMatchObject({
        link: {},
      })
      expect(await registry.secrets.retrieve(LINK.sha256, WHO)).toEqual({ ok: false })
      expect(await registry.secrets.retrieve(link.sha256, WHO)).toMatchObject({ ok: true })
    }))

  it('activates a version that waits', () =>
    inRegistry(async (registry) => {
      await put(registry, { secrets: { signing_secret: WHSEC } })
      await change(registry, { kind: 'rotate', slot: SLOT, hold: true })
      await change(registry, { kind: 'activate', slot: SLOT, version: 2 })
      expect(await states(registry)).toEqual(['signing_secret/1 retiring', 'signing_secret/2 active'])
    }))
})

describe('a request', () => {
  it.each<[string, SecretRequest, string]>([
    ['for an unknown slot', { kind: 'rotate', slot: 'hmac' }, 'secret_unknown'],
    ['for a key without Ed25519', { kind: 'rotate', slot: 'signing_key' }, 'secret_unknown'],
    ['for an unknown version', { kind: 'activate', slot: SLOT, version: 7 }, 'secret_unknown'],
    ['for a link to what is active', { kind: 'link', slot: SLOT, version: 1, link: LINK }, 'secret_unknown'],
    ['with a value that is none', { kind: 'rotate', slot: SLOT, value: 'x' }, 'document_invalid'],
    ['to revoke the last secret', { kind: 'revoke', slot: SLOT, version: 1 }, 'would_strand'],
    ['to revoke it by force', { kind: 'revoke', slot: SLOT, version: 1, force: true }, 'would_strand'],
  ])('%s is refused', (_what, request, code) =>
    inRegistry(async (registry) => {
      await put(registry, { secrets: { signing_secret: WHSEC } })
      expect(await registry.destinations.changeSecret('app', request, WHO)).toMatchObject({ ok: false, code })
      expect(await states(registry)).toEqual(['signing_secret/1 active'])
    }),
  )

  it('for an unknown destination is refused', () =>
    inRegistry(async (registry) => {
      const request = { kind: 'rotate', slot: SLOT } as const
      expect(await registry.destinations.changeSecret('app', request, WHO)).toEqual({
        ok: false,
        code: 'destination_unknown',
      })
    }))

  it('past eight live secrets is refused', () =>
    inRegistry(async (registry) => {
      await put(registry, { secrets: { signing_secret: WHSEC } })
      for (let i = 0; i < 7; i++) await change(registry, { kind: 'rotate', slot: SLOT })
      expect(await registry.destinations.changeSecret('app', { kind: 'rotate', slot: SLOT }, WHO)).toEqual({
        ok: false,
        code: 'too_many_versions',
      })
    }))
})
