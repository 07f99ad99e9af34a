import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newMasterKey, readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import type { RestoreOptions } from '../../../src/registry/backup/backup.ts'
import { CHANNELS } from '../../../src/registry/channels/kind.ts'
import { openChannel } from '../../../src/registry/channels/view.ts'
import { REPLACING, RESTORING } from '../../support/restoring.ts'
import { WHO } from '../../support/who.ts'
import { SIGNING_SECRET } from '../../channels/notices.ts'
import { type ClockedRegistry, actionsOf, inRegistry } from '../support.ts'

const HOOK = 'https://hooks.slack.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd'
const OTHER_HOOK = 'https://hooks.slack.com/services/T0AAA/B0BBB/another0seeded0value'
const SLACK = { kind: 'slack', secrets: { webhook_url: HOOK } }

async function put(registry: ClockedRegistry, document: unknown = SLACK, name = 'ops') {
  const done = await registry.channels.put(name, document, WHO, null)
  if (!done.ok) throw new Error(JSON.stringify(done))
  return done
}

async function pathsOf(registry: ClockedRegistry, document: unknown, name = 'ops') {
  const done = await registry.channels.put(name, document, WHO, null, { ownHosts: ['console.example'] })
  if (done.ok || done.code !== 'document_invalid') throw new Error('was accepted')
  return done.problems.map(({ path }) => path)
}

/** The secrets of `ops` that the object that sends gets, opened. */
async function loaded(registry: ClockedRegistry, masterKey = env.MASTER_KEY ?? '') {
  const found = (await registry.snapshots.channels(-1))?.channels.find(({ name }) => name === 'ops')
  if (found === undefined) throw new Error('there is no channel')
  return openChannel(sealer(readMasterKeys(masterKey), 'secrets'), found)
}

describe('a channel', () => {
  it('is created, found, listed, changed and removed, each with its line in the log', () =>
    inRegistry(async (registry) => {
      const created = await put(registry)
      expect(created).toMatchObject({ created: true, owner: { name: 'ops', secrets: ['webhook_url'] } })
      const again = await put(registry)
      expect(again).toMatchObject({ created: false, owner: { version: created.owner.version } })
      const changed = await put(registry, { ...SLACK, reminder_seconds: 0 })
      expect(changed.owner.version).toBeGreaterThan(created.owner.version)
      expect((await registry.channels.list()).map(({ name }) => name)).toEqual(['ops'])
      expect(await registry.channels.remove('ops', WHO, null)).toMatchObject({ ok: true })
      expect(await registry.channels.remove('ops', WHO, null)).toEqual({ ok: false, code: 'channel_unknown' })
      expect(await registry.channels.find('ops')).toBeNull()
      expect(registry.rows('SELECT * FROM secrets')).toEqual([])
      expect(actionsOf(registry)).toEqual(
        ['created', 'changed', 'removed'].map((what) => `channel.${what} channel/ops`),
      )
      expect((await put(registry)).owner.version).toBeGreaterThan(changed.owner.version)
    }))

  it('is loaded once for each version of the registry', () =>
    inRegistry(async (registry) => {
      await put(registry)
      const version = (await registry.snapshots.channels(-1))?.version ?? 0
      expect(await registry.snapshots.channels(version)).toBeNull()
      await registry.channels.remove('ops', WHO, null)
      expect((await registry.snapshots.channels(version))?.channels).toEqual([])
    }))

  it.each([
    ['a kind that is none', { kind: 'fax' }, ['kind']],
    ['nothing', null, ['']],
    ['a setting that is none, and no secret', { kind: 'slack', color: 1 }, ['color', 'secrets.webhook_url']],
    [
      'a URL of this installation',
      { kind: 'webhook', url: 'https://console.example/', secrets: { signing_secret: SIGNING_SECRET } },
      ['url'],
    ],
  ])('with %s is refused', (_what, document, paths) =>
    inRegistry(async (registry) => {
      expect(await pathsOf(registry, document)).toEqual(paths)
      expect(actionsOf(registry)).toEqual([])
    }),
  )

  it('with a wrong name is refused, with the problems of its document', () =>
    inRegistry(async (registry) => {
      expect(await pathsOf(registry, { kind: 'slack' }, 'Ops')).toEqual(['name', 'secrets.webhook_url'])
    }))

  it('is one of a bounded number', () =>
    inRegistry(async (registry) => {
      for (let i = 0; i < CHANNELS.max; i++) await put(registry, SLACK, `ops-${i}`)
      expect(await pathsOf(registry, SLACK, 'one-more')).toEqual(['name'])
      await put(registry, { ...SLACK, reminder_seconds: 0 }, 'ops-1')
    }))
})

describe('secrets of a channel', () => {
  it('stand in no answer, no audit line and no column', () =>
    inRegistry(async (registry) => {
      const done = await put(registry)
      const shown = [done, await registry.channels.find('ops'), await registry.configuration.read()]
      const rows = ['channels', 'audit'].map((table) => registry.rows(`SELECT * FROM ${table}`))
      const sealed = registry
        .rows<{ sealed: ArrayBuffer }>('SELECT sealed FROM secrets')
        .map((row) => Buffer.from(row.sealed).toString('latin1'))
      expect(sealed).toHaveLength(1)
      expect(JSON.stringify([...shown, ...rows, ...sealed])).not.toContain('hV8sWqLr2nJx5Kd')
    }))

  it('stay as they are if the document names none', () =>
    inRegistry(async (registry) => {
      await put(registry)
      await put(registry, { kind: 'slack', reminder_seconds: 0 })
      expect(await loaded(registry)).toEqual({ webhook_url: HOOK })
      await put(registry, { kind: 'slack', secrets: { webhook_url: { stored: true } } })
      expect(await loaded(registry)).toEqual({ webhook_url: HOOK })
      await put(registry, { kind: 'slack', secrets: { webhook_url: OTHER_HOOK } })
      expect(await loaded(registry)).toEqual({ webhook_url: OTHER_HOOK })
      expect(registry.rows('SELECT version FROM secrets')).toEqual([{ version: 2 }])
    }))

  it('are dropped if the kind changes', () =>
    inRegistry(async (registry) => {
      await put(registry)
      const next = { kind: 'webhook', url: 'https://pager.example.com/hook' }
      expect(await pathsOf(registry, next)).toEqual(['secrets.signing_secret'])
      await put(registry, { ...next, secrets: { signing_secret: SIGNING_SECRET } })
      expect(await loaded(registry)).toEqual({ signing_secret: SIGNING_SECRET })
      expect(await pathsOf(registry, { kind: 'slack' })).toEqual(['secrets.webhook_url'])
    }))

  it('are resealed under a new master key', () =>
    inRegistry(async (registry, restart) => {
      await put(registry)
      const newer = newMasterKey().replace(/^v1:/, 'v2:')
      expect(await restart(`${newer},${env.MASTER_KEY ?? ''}`).masterKeys.reseal()).toMatchObject({
        broken: 0,
      })
      expect(await loaded(restart(newer), newer)).toEqual({ webhook_url: HOOK })
    }))
})

it('no address and no path of a URL stands in the audit log', () =>
  inRegistry(async (registry) => {
    await put(registry, { kind: 'mail', from: 'postern@example.com', to: ['ada.lovelace@example.com'] })
    await put(registry, {
      kind: 'webhook',
      url: 'https://pager.example.com/hook/token-in-a-path',
      secrets: { signing_secret: SIGNING_SECRET },
    })
    const audit = JSON.stringify(registry.rows('SELECT * FROM audit'))
    expect(audit).not.toMatch(/lovelace|postern@|token-in-a-path/)
    expect(audit).toContain('***@example.com')
    expect(audit).toContain('https://pager.example.com/***')
  }))

describe('a backup', () => {
  it('brings channels and their secrets to another deployment', async () => {
    const made = await inRegistry(async (registry) => {
      await put(registry)
      return registry.backups.make(WHO)
    })
    expect(made).toMatchObject({ channels: 1, unreadable: 0 })
    await inRegistry(async (registry) => {
      await put(registry, SLACK, 'other')
      expect(await registry.backups.restore(made.sealed, RESTORING, WHO)).toEqual({
        ok: false,
        problem: 'not_empty',
      })
      expect(await registry.backups.restore(made.sealed, REPLACING, WHO)).toMatchObject({
        restored: 1,
        removed: 1,
      })
      expect((await registry.channels.list()).map(({ name }) => name)).toEqual(['ops'])
      expect(await loaded(registry)).toEqual({ webhook_url: HOOK })
    })
  })

  const remove = (registry: ClockedRegistry) => registry.channels.remove('ops', WHO, null)
  const RESUMING = { ...REPLACING, resume: true }

  it.each<[string, object, (registry: ClockedRegistry) => Promise<unknown>, RestoreOptions, boolean]>([
    ['nothing', {}, async () => undefined, REPLACING, false],
    ['it was changed', {}, (registry) => put(registry, { ...SLACK, grouping_seconds: 0 }), REPLACING, false],
    ['it was paused', {}, (registry) => put(registry, { ...SLACK, paused: true }), REPLACING, false],
    ['it was removed', {}, remove, REPLACING, true],
    ['it was removed', {}, remove, RESUMING, false],
    ['it was removed, and paused before', { paused: true }, remove, RESUMING, true],
    ['it was removed and made again', {}, async (registry) => { await remove(registry); registry.world.clock += 1_000; await put(registry) }, REPLACING, true],
  ])('notifies nobody of another deployment: after %s (%o)', (_what, change, happens, options, paused) =>
    inRegistry(async (registry) => {
      await put(registry, { ...SLACK, ...change })
      const { sealed } = await registry.backups.make(WHO)
      await happens(registry)
      const restored = await registry.backups.restore(sealed, options, WHO)
      expect(restored).toMatchObject({ ok: true, pausedChannels: paused ? ['ops'] : [] })
      expect((await registry.channels.find('ops'))?.config.paused).toBe(paused)
    }),
  ) // prettier-ignore
})

describe('a channel of Opsgenie, which is no kind any more', () => {
  const OPSGENIE = `UPDATE channels SET config = json_set(config, '$.kind', 'opsgenie') WHERE name = 'ops'`

  it('is removed with its secrets, and comes back from no backup', () =>
    inRegistry(async (registry, restart, { storage }) => {
      await put(registry)
      await put(registry, SLACK, 'other')
      storage.sql.exec(OPSGENIE)
      const { sealed } = await registry.backups.make(WHO)
      const { channel_kinds: _, ...done } = storage.kv.get<Record<string, number>>('table_steps') ?? {}
      storage.kv.put('table_steps', done)
      const later = restart()
      expect((await later.channels.list()).map(({ name }) => name)).toEqual(['other'])
      expect(later.rows('SELECT DISTINCT source FROM secrets')).toEqual([{ source: 'channel/other' }])
      expect(await later.backups.restore(sealed, REPLACING, WHO)).toMatchObject({ ok: true })
      expect((await later.channels.list()).map(({ name }) => name)).toEqual(['other'])
    }))
})

describe('a configuration', () => {
  const apply = (registry: ClockedRegistry, channels: Record<string, unknown> | undefined, prune = true) =>
    registry.configuration.apply({ sources: {}, channels, prune, expectedVersion: null, dryRun: false }, WHO)

  it('changes channels to match, and leaves them if it has none', () =>
    inRegistry(async (registry) => {
      const created = await apply(registry, { ops: SLACK })
      expect(created).toMatchObject({ ok: true, channelChanges: [{ name: 'ops', change: 'created' }] })
      expect(await apply(registry, { ops: { kind: 'slack' } })).toMatchObject({
        channelChanges: [{ name: 'ops', change: 'unchanged' }],
      })
      expect(await apply(registry, undefined)).toMatchObject({ channelChanges: [] })
      expect(await registry.channels.list()).toHaveLength(1)
      expect(await apply(registry, {})).toMatchObject({
        channelChanges: [{ name: 'ops', change: 'removed' }],
      })
    }))

  it('with a wrong channel changes nothing', () =>
    inRegistry(async (registry) => {
      const refused = await apply(registry, { ops: SLACK, other: { kind: 'slack' } })
      expect(refused).toMatchObject({
        code: 'configuration_invalid',
        problems: [{ path: 'channels.other.secrets.webhook_url' }],
      })
      expect(await registry.channels.list()).toEqual([])
    }))
})
