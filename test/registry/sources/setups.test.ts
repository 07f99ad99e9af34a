/** Set-ups in the registry: who may open one, what ends it, and what a restore makes of it. */
import { describe, expect, it } from 'vitest'
import { SETUP_MAX_SECONDS } from '../../../src/event/setup-window.ts'
import type { Registry } from '../../../src/registry/registry.ts'
import { REPLACING, RESTORING } from '../../support/restoring.ts'
import { WHO } from '../../support/who.ts'
import { NOW_MS, inRegistry } from '../support.ts'

const put = (registry: Registry, name = 'shop') =>
  registry.sources.put(name, { provider: 'mailersend' }, WHO, null)

const windowOf = async (registry: Registry) => (await registry.snapshots.source('shop'))?.setup
const viewOf = async (registry: Registry) => (await registry.sources.find('shop'))?.setup
const versionOf = async (registry: Registry) => (await registry.snapshots.source('shop'))?.version ?? 0

const OPENED = { openedAtMs: NOW_MS, endsAtMs: NOW_MS + 900_000 }
const NEVER = { openedAtMs: 0, endsAtMs: 0 }

describe('a set-up', () => {
  it('is sent to gateways with a new version when it is opened, and ends by itself', () =>
    inRegistry(async (registry) => {
      await put(registry)
      expect(await windowOf(registry)).toEqual(NEVER)
      const before = await versionOf(registry)
      expect(await registry.sources.setup('shop', 900, WHO)).toMatchObject({ ok: true })
      expect(await windowOf(registry)).toEqual(OPENED)
      expect(await versionOf(registry)).toBeGreaterThan(before)
      expect(await viewOf(registry)).toEqual({ ...OPENED, verifiedAtMs: null })
    }))

  it('is open for an hour at most, whatever is asked for', () =>
    inRegistry(async (registry) => {
      await put(registry)
      await registry.sources.setup('shop', 86_400, WHO)
      expect((await windowOf(registry))?.endsAtMs).toBe(NOW_MS + SETUP_MAX_SECONDS * 1_000)
    }))

  it.each<[string, string, object]>([
    ['of no source', 'nobody', { ok: false, code: 'source_unknown' }],
    ['of an ESP that makes no first call', 'other', { ok: false, code: 'setup_not_needed' }],
  ])('%s is not opened', (_what, name, refused) =>
    inRegistry(async (registry) => {
      await registry.sources.put('other', { provider: 'sendgrid' }, WHO, null)
      expect(await registry.sources.setup(name, 900, WHO)).toEqual(refused)
      expect((await registry.snapshots.source('other'))?.setup).toBeUndefined()
    }),
  )

  it('is over after a first delivery, which is told again and again', () =>
    inRegistry(async (registry) => {
      await put(registry)
      await registry.sources.setup('shop', 900, WHO)
      const open = await versionOf(registry)
      await registry.snapshots.firstVerified('shop', 'req_1')
      const closed = await versionOf(registry)
      expect(closed).toBeGreaterThan(open)
      registry.world.clock += 60_000
      await registry.snapshots.firstVerified('shop', 'req_2')
      expect(await versionOf(registry)).toBe(closed)
      expect(await windowOf(registry)).toBeUndefined()
      // It is closed already.
      expect(await registry.sources.setup('shop', null, WHO)).toMatchObject({ ok: true, changed: false })
    }))

  it('that is opened again is ended by its time or a person, and by no delivery', () =>
    inRegistry(async (registry) => {
      await put(registry)
      await registry.snapshots.firstVerified('shop', 'req_1')
      expect(await registry.sources.setup('shop', 900, WHO)).toMatchObject({ ok: true })
      await registry.snapshots.firstVerified('shop', 'req_2')
      expect(await windowOf(registry)).toEqual({ ...OPENED, again: true })
      expect(await viewOf(registry)).toEqual({ ...OPENED, verifiedAtMs: NOW_MS })
      await registry.sources.setup('shop', null, WHO)
      expect(await windowOf(registry)).toBeUndefined()
    }))

  it('knows no first delivery of a source that does not exist', () =>
    inRegistry(async (registry) => {
      await registry.snapshots.firstVerified('shop', 'req_1')
      await put(registry)
      expect(await windowOf(registry)).toEqual(NEVER)
    }))
})

describe('a restore', () => {
  it('of an empty deployment knows which sources have verified a delivery', () =>
    inRegistry(async (registry) => {
      await put(registry)
      await registry.snapshots.firstVerified('shop', 'req_1')
      const { sealed } = await registry.backups.make(WHO)
      await inRegistry(async (other) => {
        expect(await other.backups.restore(sealed, RESTORING, WHO)).toMatchObject({ ok: true })
        expect(await viewOf(other)).toMatchObject({ endsAtMs: null, verifiedAtMs: NOW_MS })
      })
    }))

  it('of an older backup opens nothing, and forgets no first delivery', () =>
    inRegistry(async (registry) => {
      await put(registry)
      await registry.sources.setup('shop', 900, WHO)
      const { sealed } = await registry.backups.make(WHO)
      await registry.snapshots.firstVerified('shop', 'req_1')
      expect(await registry.backups.restore(sealed, REPLACING, WHO)).toMatchObject({ ok: true })
      expect(await windowOf(registry)).toBeUndefined()
      expect(await viewOf(registry)).toMatchObject({ verifiedAtMs: NOW_MS })
    }))

  it('ends a set-up that is open', () =>
    inRegistry(async (registry) => {
      await put(registry)
      await registry.sources.setup('shop', 900, WHO)
      const { sealed } = await registry.backups.make(WHO)
      await registry.backups.restore(sealed, REPLACING, WHO)
      expect(await windowOf(registry)).toEqual(NEVER)
    }))
})
