import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { openSecrets } from '../../../src/registry/rotation/sealed.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, withSource } from '../support.ts'
import { revoke, rotate } from '../../support/secrets.ts'

const V1 = env.MASTER_KEY ?? ''
const V2 = `v2:${btoa('k'.repeat(32))}`
const BOTH = `${V2},${V1}`
const SECRET = 'a-secret-of-the-reseal-test'
const GENERIC = { provider: 'generic', secrets: { hmac: [SECRET, `${SECRET}-2`] } }

async function secretsOf(registry: ClockedRegistry, name: string, masterKey: string): Promise<unknown> {
  const sealed = await registry.snapshots.source(name)
  return sealed === null ? null : openSecrets(sealer(readMasterKeys(masterKey), 'secrets'), sealed)
}

const verifiedLog = async (registry: ClockedRegistry) => {
  const { base } = await registry.audit.heads()
  return registry.audit.verify(base, 10_000)
}

describe('the state of the master key', () => {
  it.each<[string, string, { keys: string[]; unreadable: string[] }]>([
    ['the key that sealed', V1, { keys: ['v1'], unreadable: [] }],
    ['another key in front', BOTH, { keys: ['v2', 'v1'], unreadable: [] }],
    ['another key behind', `${V1},${V2}`, { keys: ['v1', 'v2'], unreadable: [] }],
    [
      'another key of the same version',
      V2.replace('v2', 'v1'),
      { keys: ['v1'], unreadable: ['secrets', 'audit_key'] },
    ],
    ['a later key alone', V2, { keys: ['v2'], unreadable: ['secrets', 'audit_key'] }],
  ])('with %s', (_what, masterKey, expected) =>
    withSource(GENERIC, async (_registry, restart) => {
      const { keys, unreadable } = await restart(masterKey).masterKeys.state()
      expect({ keys: keys.map((key) => key.split(':')[0]), unreadable }).toEqual(expected)
      expect(JSON.stringify(keys)).not.toContain(masterKey.slice(3, 12))
    }),
  )
})

describe('resealing the registry', () => {
  it('leaves nothing under the old master key, even with a crash after each step', () =>
    withSource(GENERIC, async (registry, restart) => {
      const names = ['shop']
      for (let i = 0; i < 150; i++) {
        names.push(`more-${i}`)
        await registry.sources.put(`more-${i}`, GENERIC, WHO, null)
      }
      await revoke(registry, 'shop', 'hmac', 2, false, WHO)
      expect(await registry.masterKeys.secretsByVersion()).toEqual({
        newest: 1,
        secrets: { 1: 301 },
        auditKey: { 1: 1 },
      })

      let left = 301
      for (let step = 0; left > 0; step++) {
        // A new object each time: memory is lost, and each key opens what it sealed.
        const after = restart(BOTH)
        const { resealed } = await after.masterKeys.reseal()
        left -= resealed - (step === 0 ? 1 : 0)
        expect(await after.masterKeys.secretsByVersion()).toMatchObject({ newest: 2, auditKey: { 2: 1 } })
        for (const name of ['shop', 'more-0', 'more-149'])
          expect(await secretsOf(after, name, BOTH)).toMatchObject({
            hmac: expect.arrayContaining([expect.objectContaining({ text: SECRET })]),
          })
        expect(step).toBeLessThan(5)
      }
      const done = restart(V2)
      expect(await done.masterKeys.reseal()).toEqual({ resealed: 0, broken: 0 })
      expect(await done.masterKeys.secretsByVersion()).toEqual({
        newest: 2,
        secrets: { 2: 301 },
        auditKey: { 2: 1 },
      })
      for (const name of names.slice(1))
        expect(await secretsOf(done, name, V2)).toMatchObject({
          hmac: [{ text: SECRET }, { text: `${SECRET}-2` }],
        })
      // The log continues under its own key, and still verifies from its first line.
      await rotate(done, 'shop', { slot: 'hmac', value: 'another-secret-of-the-reseal-test' }, WHO)
      expect(await verifiedLog(done)).toMatchObject({ ok: true })
    }))

  it('skips what no key opens, however much it is, and reports it', () =>
    withSource(GENERIC, async (registry, restart) => {
      for (let i = 0; i < 120; i++) await registry.sources.put(`broken-${i}`, GENERIC, WHO, null)
      registry.rows(`UPDATE secrets SET sealed = x'01' || randomblob(60) WHERE source <> 'shop'`)
      const after = restart(BOTH)
      expect(await after.masterKeys.reseal()).toEqual({ resealed: 3, broken: 240 })
      expect(await after.masterKeys.reseal()).toEqual({ resealed: 0, broken: 240 })
      expect(await after.masterKeys.secretsByVersion()).toMatchObject({ secrets: { 1: 240, 2: 2 } })
    }))

  it('loses no change that is made meanwhile', () =>
    withSource(GENERIC, async (_, restart) => {
      const registry = restart(BOTH)
      const value = 'a-value-that-came-meanwhile'
      await Promise.all([
        registry.masterKeys.reseal(),
        rotate(registry, 'shop', { slot: 'hmac', value }, WHO),
        registry.masterKeys.reseal(),
      ])
      const done = restart(V2)
      expect(await secretsOf(done, 'shop', V2)).toMatchObject({
        hmac: [{ text: SECRET }, { text: `${SECRET}-2` }, { text: value }],
      })
    }))
})
