import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newMasterKey } from '../../../src/platform/master-key.ts'
import { REPLACING, RESTORING } from '../../support/restoring.ts'
import { toInstant } from '../../../src/platform/time.ts'
import type { RestoreOptions } from '../../../src/registry/backup/backup.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, inRegistry } from '../support.ts'
import { OTHER_WHSEC, WHSEC, loaded, put, states } from './support.ts'

const MINUTE = 60_000

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
  await registry.destinations.changeSecret('app', request, WHO)
  return { secrets: await loaded(registry), view: await registry.destinations.find('app') }
}

const backup = () =>
  inRegistry(async (registry) => ({ ...(await fill(registry)), made: await registry.backups.make(WHO) }))

describe('a backup', () => {
  it('brings destinations and every version of their secrets to another deployment', async () => {
    const { secrets, view, made } = await backup()
    expect(made).toMatchObject({ sources: 0, destinations: 1, unreadable: 0 })
    await inRegistry(async (registry) => {
      expect(await registry.backups.restore(made.sealed, RESTORING, WHO)).toEqual({
        ok: true,
        restored: 1,
        removed: 0,
        revived: [],
        destinations: [{ name: 'app', begins: 'at_the_restore', paused: true }],
        pausedChannels: [],
      })
      expect(await loaded(registry)).toEqual(secrets)
      const restored = await registry.destinations.find('app')
      expect(restored).toEqual({
        ...view,
        version: restored?.version,
        updatedAtMs: restored?.updatedAtMs,
        config: { ...view?.config, paused: true, restored_at: toInstant(registry.world.clock) },
      })
    })
  })

  const remove = (registry: ClockedRegistry) => registry.destinations.remove('app', WHO, null)
  const RESUMING = { ...REPLACING, resume: true }

  /** Changes of `app` between its backup and the restore, and its state after the restore. `restored_at` is a minute. */
  it.each<
    [
      string,
      Record<string, unknown>,
      (registry: ClockedRegistry) => Promise<unknown>,
      RestoreOptions,
      Record<string, unknown>,
      number | null,
    ]
  >([
    ['nothing', {}, async () => undefined, REPLACING, { begins: 'where_it_was', paused: false }, null],
    ['it was changed', {}, (registry) => put(registry, { rate_per_second: 2 }), REPLACING, { begins: 'where_it_was', paused: false }, null],
    ['it was paused', {}, (registry) => put(registry, { paused: true }), REPLACING, { begins: 'where_it_was', paused: false }, null],
    ['it was removed', {}, remove, REPLACING, { begins: 'at_the_restore', paused: true }, 1],
    ['it was removed, and paused for a time', { paused: true, paused_until: '2026-01-01T00:00:00Z' }, remove, REPLACING, { begins: 'at_the_restore', paused: true }, 1],
    ['it was removed', {}, remove, RESUMING, { begins: 'at_the_restore', paused: false }, 1],
    ['it was removed, and paused before', { paused: true }, remove, RESUMING, { begins: 'at_the_restore', paused: true }, 1],
    ['it was removed, and its pause is over', { paused: true, paused_until: '2020-01-01T00:00:00Z' }, remove, RESUMING, { begins: 'at_the_restore', paused: false }, 1],
    ['nothing, and its pause is over', { paused: true, paused_until: '2020-01-01T00:00:00Z' }, async () => undefined, REPLACING, { begins: 'where_it_was', paused: false }, null],
    ['it was removed and made again', {}, async (registry) => { await remove(registry); await put(registry) }, RESUMING, { begins: 'at_the_restore', paused: false }, 1],
    ['it was removed and restored', {}, async (registry) => { const { sealed } = await registry.backups.make(WHO); await remove(registry); await registry.backups.restore(sealed, REPLACING, WHO); registry.world.clock += MINUTE }, RESUMING, { begins: 'where_it_was', paused: false }, 1],
  ])('after %s (%o) says where it begins', (_what, change, happens, options, says, restoredMinute) =>
    inRegistry(async (registry) => {
      const madeMs = registry.world.clock
      await put(registry, change)
      const { sealed } = await registry.backups.make(WHO)
      registry.world.clock += MINUTE
      await happens(registry)
      expect(await registry.backups.restore(sealed, options, WHO)).toMatchObject({ destinations: [{ name: 'app', ...says }] })
      const { config } = (await registry.destinations.find('app')) ?? {}
      const restored_at = restoredMinute === null ? null : toInstant(madeMs + restoredMinute * MINUTE)
      expect(config).toMatchObject({ paused: says['paused'], paused_until: null, restored_at })
      // A document says nothing of it and cannot change it.
      await put(registry, { rate_per_second: 3 })
      expect((await registry.destinations.find('app'))?.config).toMatchObject({ restored_at })
    }),
  ) // prettier-ignore

  it('does not replace destinations unless that was asked for, and then removes the others', async () => {
    const { made } = await backup()
    await inRegistry(async (registry) => {
      await registry.destinations.put('other', { url: 'https://other.example.com/' }, WHO, null)
      expect(await registry.backups.restore(made.sealed, RESTORING, WHO)).toEqual({
        ok: false,
        problem: 'not_empty',
      })
      expect(await registry.backups.restore(made.sealed, REPLACING, WHO)).toMatchObject({
        restored: 1,
        removed: 1,
      })
      expect((await registry.destinations.list()).map(({ name }) => name)).toEqual(['app'])
    })
  })

  it('says which secrets live again', () =>
    inRegistry(async (registry) => {
      await fill(registry)
      const { sealed } = await registry.backups.make(WHO)
      const request = { kind: 'rotate', slot: 'signing_secret', emergency: true } as const
      await registry.destinations.changeSecret('app', request, WHO)
      const restored = await registry.backups.restore(sealed, REPLACING, WHO)
      expect(restored).toMatchObject({
        revived: [1, 2].map((version) => ({ source: 'destination/app', slot: 'signing_secret', version })),
      })
      expect(await states(registry)).toContain('signing_secret/2 active')
    }))
})

describe('a new master key', () => {
  it('reseals the secrets of destinations, and the old key is not needed any more', async () => {
    const newer = newMasterKey().replace(/^v1:/, 'v2:')
    await inRegistry(async (registry, restart) => {
      const { secrets } = await fill(registry)
      const next = restart(`${newer},${env.MASTER_KEY ?? ''}`)
      expect(await next.masterKeys.reseal()).toMatchObject({ broken: 0 })
      expect((await next.masterKeys.secretsByVersion()).secrets).toEqual({ 2: 4 })
      expect(await loaded(next, newer)).toEqual(secrets)
    })
  })
})
