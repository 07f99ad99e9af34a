/** The retention document in the registry: versions, holds at rest, the audit log, backups, and the configuration as a whole. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../../src/registry/audit/entry.ts'
import { DEFAULT_SETTINGS } from '../../../src/registry/retention/document.ts'
import { RESTORING, REPLACING } from '../../support/restoring.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, DAY_MS, NOW_MS, inRegistry } from '../support.ts'

const BECAUSE = { ...WHO, reason: 'a new policy' }
const ADA = 'ada@example.com'
const HOLDS = [
  { source: 'shop', reason: 'dispute 4711' },
  { person: ADA, reason: `asked for by ${ADA}` },
]

const linesOf = async (registry: ClockedRegistry): Promise<AuditEntry[]> =>
  (await registry.audit.after(0, 500)).map(({ text }) => JSON.parse(text) as AuditEntry)

const everythingStored = (state: DurableObjectState): string =>
  JSON.stringify([...state.storage.kv.list()], (_key, value: unknown) =>
    value instanceof Uint8Array ? new TextDecoder('latin1').decode(value) : value,
  )

describe('the document', () => {
  it('has the defaults before it was saved, and a version afterwards', () =>
    inRegistry(async (registry, restart) => {
      expect(await registry.retention.read()).toEqual({
        version: 0,
        updatedAtMs: null,
        settings: DEFAULT_SETTINGS,
        holds: [],
        runs: {},
      })
      const put = await registry.retention.put({ events: 500, holds: HOLDS }, WHO, 0)
      expect(put).toMatchObject({ ok: true, changed: true, state: { settings: { events: 500 } } })
      expect(await restart().retention.read()).toMatchObject({
        version: put.ok ? put.state.version : 0,
        updatedAtMs: NOW_MS,
        settings: { ...DEFAULT_SETTINGS, events: 500 },
        holds: [
          { source: 'shop', person: null, reason: 'dispute 4711', sinceMs: NOW_MS },
          { source: null, person: ADA, sinceMs: NOW_MS },
        ],
      })
    }))

  it('is refused at another version, and written once if it is the same', () =>
    inRegistry(async (registry) => {
      const first = await registry.retention.put({ events: 500 }, WHO, null)
      const version = first.ok ? first.state.version : 0
      for (const expected of [0, version - 1, version + 1])
        expect(await registry.retention.put({ events: 600 }, WHO, expected)).toEqual({
          ok: false,
          code: 'version_conflict',
          version,
        })
      expect(await registry.retention.put({ events: 500 }, WHO, version)).toMatchObject({ changed: false })
      expect(await registry.retention.put({ events: 600 }, WHO, version)).toMatchObject({ changed: true })
      expect((await linesOf(registry)).map(({ action }) => action)).toEqual([
        'retention.changed',
        'retention.changed',
      ])
    }))

  it('needs a reason to keep less, and none to keep more', () =>
    inRegistry(async (registry) => {
      const refused = { ok: false, code: 'reason_needed' }
      expect(await registry.retention.put({ events: 30 }, WHO, null)).toEqual(refused)
      expect(await registry.retention.put({ events: 30 }, { ...WHO, reason: ' ' }, null)).toEqual(refused)
      expect((await registry.retention.read()).version).toBe(0)
      expect((await registry.retention.put({ events: 30, holds: HOLDS }, BECAUSE, null)).ok).toBe(true)
      expect((await registry.retention.put({ events: 31 }, WHO, null)).ok).toBe(true)
      expect(await registry.retention.put({ events: 31, holds: [] }, WHO, null)).toEqual(refused)
      expect((await registry.retention.put({ events: 31, holds: [] }, BECAUSE, null)).ok).toBe(true)
    }))

  it('is in the audit log before and after, with marks in place of addresses', () =>
    inRegistry(async (registry) => {
      await registry.retention.put({ events: 500, holds: HOLDS }, WHO, null)
      const [line] = await linesOf(registry)
      expect(line).toMatchObject({
        action: 'retention.changed',
        target: 'retention',
        before: { events: 400, holds: [] },
        after: {
          events: 500,
          holds: [
            { source: 'shop', reason: 'dispute 4711' },
            { person: expect.stringMatching(/^address-[0-9a-f]{16}$/), since: expect.any(String) },
          ],
        },
      })
      expect(JSON.stringify(line)).not.toMatch(/ada@|example\.com/)
    }))

  it('holds are sealed at rest, resealed under a newer master key, and counted', () =>
    inRegistry(async (registry, restart, state) => {
      await registry.retention.put({ holds: HOLDS }, WHO, null)
      expect(everythingStored(state)).not.toMatch(/ada@|4711/)
      const alone = `v2:${btoa('k'.repeat(32))}`
      const newer = `${alone},${env.MASTER_KEY}`
      const next = restart(newer)
      expect((await next.masterKeys.secretsByVersion()).secrets).toEqual({ 1: 1 })
      expect(await next.masterKeys.reseal()).toEqual({ resealed: 2, broken: 0 })
      expect((await next.masterKeys.secretsByVersion()).secrets).toEqual({ 2: 1 })
      expect(await next.masterKeys.reseal()).toEqual({ resealed: 0, broken: 0 })
      expect((await restart(alone).retention.read()).holds).toHaveLength(2)
      await expect(restart(`v2:${btoa('x'.repeat(32))}`).retention.read()).rejects.toThrow()
    }))
})

describe('a backup', () => {
  const backupOf = (document: object | null) =>
    inRegistry(async (registry) => {
      if (document !== null) await registry.retention.put(document, BECAUSE, null)
      return (await registry.backups.make(WHO)).sealed
    })

  it('brings the document and the holds back where none was saved', async () => {
    const sealed = await backupOf({ events: 90, holds: HOLDS })
    expect(new TextDecoder('latin1').decode(sealed)).not.toContain(ADA)
    await inRegistry(async (registry) => {
      await registry.backups.restore(sealed, RESTORING, WHO)
      expect(await registry.retention.read()).toMatchObject({
        settings: { events: 90 },
        holds: [{ source: 'shop' }, { person: ADA }],
      })
      const line = (await linesOf(registry)).find(({ action }) => action === 'backup.restored')
      expect(line).toMatchObject({ after: { retention: { events: 90 } } })
      expect(JSON.stringify(line)).not.toContain(ADA)
    })
  })

  it('shortens nothing where one was saved, ends no hold, and adds those that it has', async () => {
    const sealed = await backupOf({ events: 90, holds: HOLDS })
    await inRegistry(async (registry) => {
      await registry.retention.put({ events: 500, holds: [{ source: 'other', reason: 'x' }] }, WHO, null)
      await registry.backups.restore(sealed, REPLACING, WHO)
      expect(await registry.retention.read()).toMatchObject({
        settings: { events: 500 },
        holds: [{ source: 'other' }, { source: 'shop' }, { person: ADA }],
      })
    })
  })

  it('without a document changes nothing', async () => {
    const sealed = await backupOf(null)
    await inRegistry(async (registry) => {
      await registry.retention.put({ events: 500 }, WHO, null)
      await registry.backups.restore(sealed, REPLACING, WHO)
      expect(await registry.retention.read()).toMatchObject({ settings: { events: 500 } })
    })
  })
})

describe('lines of the audit log', () => {
  const note = (registry: ClockedRegistry) =>
    registry.audit.note({ action: 'source.changed', target: 'x', before: null, after: null }, WHO)

  it('go in pages, oldest first, if they are archived, and never the last one', () =>
    inRegistry(async (registry) => {
      for (let i = 0; i < 1_003; i++) await note(registry)
      registry.world.clock += DAY_MS
      await note(registry)
      const beforeMs = NOW_MS + 1
      expect(await registry.audit.forget(beforeMs, 1_002, true)).toMatchObject({ count: 1_000, isMore: true })
      expect((await registry.audit.heads()).base.seq).toBe(0)
      expect(await registry.audit.forget(beforeMs, 1_002, false)).toMatchObject({
        count: 1_000,
        isMore: true,
      })
      expect(await registry.audit.forget(beforeMs, 1_002, false)).toMatchObject({ count: 2, isMore: false })
      expect(await registry.audit.forget(beforeMs, 2_000, false)).toMatchObject({ count: 1, isMore: false })
      expect(await registry.audit.forget(NOW_MS + 9 * DAY_MS, 2_000, false)).toMatchObject({ count: 0 })
      const { base, head } = await registry.audit.heads()
      expect([base.seq, head.seq]).toEqual([1_003, 1_004])
      expect(await registry.audit.verify(base, 500)).toEqual({ ok: true, head })
      await note(registry)
      expect(await registry.audit.verify(base, 500)).toMatchObject({ ok: true, head: { seq: 1_005 } })
    }))

  it('that were removed do not make another log of a backup that ends among them', () =>
    inRegistry(async (registry) => {
      await note(registry)
      const { sealed } = await registry.backups.make(WHO)
      registry.world.clock += 40 * DAY_MS
      await note(registry)
      await registry.audit.forget(NOW_MS + 1, 100, false)
      const before = await registry.audit.heads()
      expect((await registry.backups.restore(sealed, REPLACING, WHO)).ok).toBe(true)
      const { base, head } = await registry.audit.heads()
      // One more line, and the same chain.
      expect([base, head.seq]).toEqual([before.base, before.head.seq + 1])
      expect(await registry.audit.verify(base, 500)).toEqual({ ok: true, head })
    }))
})

describe('the configuration as a whole', () => {
  const apply = (registry: ClockedRegistry, retention: unknown, who = WHO, dryRun = false) =>
    registry.configuration.apply({ sources: {}, retention, prune: false, expectedVersion: null, dryRun }, who)

  it('has the document once it was saved, and never a hold', () =>
    inRegistry(async (registry) => {
      expect((await registry.configuration.read()).retention).toBeNull()
      await registry.retention.put({ events: 500, holds: HOLDS }, WHO, null)
      expect((await registry.configuration.read()).retention).toEqual({ ...DEFAULT_SETTINGS, events: 500 })
    }))

  it('plans and applies it in one transaction, and keeps the holds', () =>
    inRegistry(async (registry) => {
      await registry.retention.put({ holds: HOLDS }, WHO, null)
      const change = {
        name: 'retention',
        change: 'changed',
        settings: [{ path: 'events', before: 400, after: 500 }],
        secrets: [],
        isShortened: false,
      }
      expect(await apply(registry, { events: 500 }, WHO, true)).toMatchObject({ retentionChange: change })
      expect((await registry.retention.read()).settings.events).toBe(400)
      expect(await apply(registry, { events: 500 })).toMatchObject({ ok: true, retentionChange: change })
      expect(await registry.retention.read()).toMatchObject({
        settings: { events: 500 },
        holds: [{ source: 'shop' }, { person: ADA }],
      })
      expect(await apply(registry, { events: 500 })).toMatchObject({
        retentionChange: { change: 'unchanged' },
      })
      expect(await apply(registry, undefined)).toMatchObject({ retentionChange: null })
    }))

  it.each<[string, unknown, string]>([
    ['a wrong document', { events: 0 }, 'retention.events'],
    ['no object', 3, 'retention'],
    ['holds', { holds: [] }, 'retention.holds'],
  ])('is refused with %s', (_what, document, path) =>
    inRegistry(async (registry) => {
      expect(await apply(registry, document)).toMatchObject({
        ok: false,
        code: 'configuration_invalid',
        problems: [{ path }],
      })
    }),
  )

  it('needs a reason to keep less', () =>
    inRegistry(async (registry) => {
      expect(await apply(registry, { events: 30 })).toEqual({ ok: false, code: 'reason_needed' })
      expect(await apply(registry, { events: 30 }, WHO, true)).toMatchObject({ ok: true })
      expect(await apply(registry, { events: 30 }, BECAUSE)).toMatchObject({ ok: true })
    }))
})
