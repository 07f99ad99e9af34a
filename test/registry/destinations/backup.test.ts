import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newMasterKey } from '../../../src/platform/master-key.ts'
import { WHO } from '../../support/who.ts'
import type { ClockedRegistry } from '../support.ts'
import { OTHER_WHSEC, WHSEC, loaded, put, states, withRegistry } from './support.ts'

const FILL = {
  ed25519: true,
  filter: { sources: ['shop'] },
  headers: { authorization: 'Bearer a-value-of-a-header' },
  secrets: { signing_secret: WHSEC },
}

/** A destination in the middle of a rotation. */
async function fill(registry: ClockedRegistry) {
  await put(registry, FILL)
  const request = { kind: 'rotate', slot: 'signing_secret', value: OTHER_WHSEC } as const
  await registry.changeDestinationSecret('app', request, WHO)
  return { secrets: await loaded(registry), view: await registry.destination('app') }
}

const backup = () =>
  withRegistry(async (registry) => ({ ...(await fill(registry)), made: await registry.backup(WHO) }))

describe('a backup', () => {
  it('brings destinations and every version of their secrets to another deployment', async () => {
    const { secrets, view, made } = await backup()
    expect(made).toMatchObject({ sources: 0, destinations: 1, unreadable: 0 })
    await withRegistry(async (registry) => {
      expect(await registry.restore(made.sealed, false, WHO)).toEqual({
        ok: true,
        restored: 1,
        removed: 0,
        revived: [],
      })
      expect(await loaded(registry)).toEqual(secrets)
      const restored = await registry.destination('app')
      expect(restored).toEqual({ ...view, version: restored?.version, updatedAtMs: restored?.updatedAtMs })
    })
  })

  it('does not replace destinations unless that was asked for, and then removes the others', async () => {
    const { made } = await backup()
    await withRegistry(async (registry) => {
      await registry.putDestination('other', { url: 'https://other.example.com/' }, WHO, null)
      expect(await registry.restore(made.sealed, false, WHO)).toEqual({ ok: false, problem: 'not_empty' })
      expect(await registry.restore(made.sealed, true, WHO)).toMatchObject({ restored: 1, removed: 1 })
      expect((await registry.destinations()).map(({ name }) => name)).toEqual(['app'])
    })
  })

  it('says which secrets live again', () =>
    withRegistry(async (registry) => {
      await fill(registry)
      const { sealed } = await registry.backup(WHO)
      const request = { kind: 'rotate', slot: 'signing_secret', emergency: true } as const
      await registry.changeDestinationSecret('app', request, WHO)
      const restored = await registry.restore(sealed, true, WHO)
      expect(restored).toMatchObject({
        revived: [1, 2].map((version) => ({ source: 'destination/app', slot: 'signing_secret', version })),
      })
      expect(await states(registry)).toContain('signing_secret/2 active')
    }))
})

describe('a new master key', () => {
  it('reseals the secrets of destinations, and the old key is not needed any more', async () => {
    const newer = newMasterKey().replace(/^v1:/, 'v2:')
    await withRegistry(async (registry, restart) => {
      const { secrets } = await fill(registry)
      const next = restart(`${newer},${env.MASTER_KEY ?? ''}`)
      expect(await next.reseal()).toMatchObject({ broken: 0 })
      expect((await next.resting()).secrets).toEqual({ 2: 4 })
      expect(await loaded(next, newer)).toEqual(secrets)
    })
  })
})
