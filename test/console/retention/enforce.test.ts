/** A run of the nightly task: its line in the audit log, its bounds, and its faults. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { archive, verifyLog } from '../../../src/console/backups/audit-archive.ts'
import { enforceRetention } from '../../../src/console/jobs.ts'
import { enforce } from '../../../src/console/retention/enforce.ts'
import type { Kind, Part } from '../../../src/console/retention/kind.ts'
import { nextNightMs } from '../../../src/console/retention/status.ts'
import { traces } from '../../../src/console/retention/traces.ts'
import { NOTHING_FORGOTTEN } from '../../../src/platform/forgotten.ts'
import { RETENTION_KINDS } from '../../../src/registry/retention/kinds.ts'
import type { AuditEntry } from '../../../src/registry/audit/entry.ts'
import type { Store } from '../../../src/store/store.ts'
import { destinationObjects } from '../../support/destinations.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { emptyStore } from '../../support/store.ts'
import { WHO } from '../../support/who.ts'
import { DAY_MS, NOW_MS, type RetentionWorld, emptyBuckets, retentionWorld } from './world.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
  await emptyBuckets()
})

/** Things of which each step removes so many. */
const part = (setting: Part['setting'], ...counts: (number | Error)[]): Part => ({
  setting,
  look: async () => NOTHING_FORGOTTEN,
  async *forget() {
    for (const count of counts) {
      if (count instanceof Error) throw count
      yield count
    }
  },
})

const removing = (kind: Kind['kind'], ...counts: (number | Error)[]): Kind => ({
  kind,
  holds: 'any stops',
  parts: [part('quarantine', ...counts)],
})

const linesOf = async ({ context }: RetentionWorld): Promise<AuditEntry[]> =>
  (await context.registry.audit.after(0, 500))
    .map(({ text }) => JSON.parse(text) as AuditEntry)
    .filter(({ action }) => action === 'retention.enforced')

describe('a run', () => {
  it('writes one line of the audit log with the numbers of each kind', async () => {
    const world = retentionWorld(store)
    const tasks = [removing('unread', 3, 4), removing('figures', 5), removing('traces', 0)]
    expect(await enforce(world.context, tasks)).toEqual({ removed: 12, failed: [] })
    expect(await linesOf(world)).toMatchObject([{ target: 'retention', after: { unread: 7, figures: 5 } }])
    expect((await world.context.registry.retention.read()).runs).toEqual({
      unread: { atMs: NOW_MS, removed: 7, isMore: false, fault: null },
      figures: { atMs: NOW_MS, removed: 5, isMore: false, fault: null },
      traces: { atMs: NOW_MS, removed: 0, isMore: false, fault: null },
    })
  })

  it('does the other kinds if one fails, and is a failed job', async () => {
    const world = retentionWorld(store)
    const tasks = [removing('unread', 2, new RangeError('a secret')), removing('figures', 5)]
    expect(await enforce(world.context, tasks)).toEqual({ removed: 7, failed: ['unread'] })
    expect(world.logged).toContainEqual({
      event: 'retention_failed',
      handler: 'quarantine',
      fault: 'RangeError',
    })
    expect((await world.context.registry.retention.read()).runs.unread).toEqual({
      atMs: NOW_MS,
      removed: 2,
      isMore: true,
      fault: 'RangeError',
    })
    const broken = retentionWorld(store, {
      incidents: incidentObjects({ forget: () => Promise.reject(new TypeError('is away')) }).getByName('x'),
    })
    await expect(enforceRetention.run(broken.context)).rejects.toThrow('retention failed for traces')
    expect(await linesOf(broken)).toHaveLength(1)
  })

  it('does the other parts of a kind if one fails', async () => {
    const world = retentionWorld(store)
    const parts = [part('quarantine', 2, new RangeError('a secret')), part('dead_letters', 5)]
    const unread: Kind = { ...removing('unread'), parts }
    expect(await enforce(world.context, [unread])).toEqual({ removed: 7, failed: ['unread'] })
    const run = { atMs: NOW_MS, removed: 7, isMore: true, fault: 'RangeError' }
    expect((await world.context.registry.retention.read()).runs).toEqual({ unread: run })
  })

  it('that died is in the line of the next one', async () => {
    const world = retentionWorld(store)
    const { registry } = world.context
    const dead = { ...registry.retention, read: () => registry.retention.read() } as typeof registry.retention
    const context = {
      ...world.context,
      registry: {
        audit: registry.audit,
        retention: {
          ...dead,
          note: (...args: Parameters<typeof registry.retention.note>) => registry.retention.note(...args),
          endRun: () => Promise.reject(new Error('dead')),
        },
      } as unknown as typeof registry,
    }
    await expect(enforce(context, [removing('unread', 3)])).rejects.toThrow('dead')
    expect(await linesOf(world)).toEqual([])
    await enforce(world.context, [removing('unread', 1), removing('figures', 2)])
    expect(await linesOf(world)).toMatchObject([{ after: { unread: 4, figures: 2 } }])
  })

  it('ends a kind after its steps, and after its minute, and says that more is left', async () => {
    const many = Array.from({ length: 100 }, () => 1)
    const world = retentionWorld(store)
    expect((await enforce(world.context, [removing('unread', ...many)])).removed).toBe(30)
    expect((await world.context.registry.retention.read()).runs.unread).toMatchObject({
      removed: 30,
      isMore: true,
    })
    let clockMs = NOW_MS
    const slow = retentionWorld(store, { live: { nowMs: () => (clockMs += 25_000) } as never })
    await enforce(
      slow.context,
      RETENTION_KINDS.map((kind) => removing(kind, ...many)),
    )
    const { runs } = await slow.context.registry.retention.read()
    // Three steps in a minute each; after five minutes one step of each of the others.
    expect(Object.values(runs).map(({ removed }) => removed)).toEqual([3, 3, 3, 1, 1, 1])
  })

  it('ends a kind when somebody places a hold meanwhile, and goes by it from then on', async () => {
    const { context, set } = retentionWorld(store)
    const holding: Part = {
      ...part('quarantine'),
      async *forget() {
        yield 1
        await set({ holds: [{ source: 'shop', reason: 'dispute' }] })
        yield 1
        yield 1
      },
    }
    const unread: Kind = { ...removing('unread'), parts: [holding, part('dead_letters', 9)] }
    const { removed } = await enforce(context, [unread, removing('traces', 5)])
    expect(removed).toBe(2)
    const { runs } = await context.registry.retention.read()
    expect(runs).toEqual({ unread: { atMs: NOW_MS, removed: 2, isMore: true, fault: null } })
  })

  it('asks each object with the time of its kind, and none while something is held', async () => {
    const asked: unknown[] = []
    const note = async (beforeMs: number, plan: boolean) => {
      asked.push([(NOW_MS - beforeMs) / DAY_MS, plan])
      return { count: 1, isMore: false, oldestMs: null }
    }
    const { context, set } = retentionWorld(store, {
      destinations: destinationObjects({ forget: note }),
      incidents: incidentObjects({ forget: note }).getByName('x'),
      watchers: { getByName: () => ({ history: async () => [], forget: note }) },
      refusalLog: { forget: note } as never,
    })
    await context.registry.destinations.put('app', { url: 'https://app.example.com/' }, WHO, null)
    await set({ refusals: 9, attempts: 3, incidents: 50, signals: 8 })
    expect((await enforce(context)).removed).toBe(19)
    expect(asked).toEqual([
      [9, false],
      [3, false],
      [50, false],
      ...Array.from({ length: 16 }, () => [8, false]),
    ])
    asked.length = 0
    await set({ holds: [{ source: 'shop', reason: 'dispute' }] })
    expect((await enforce(context)).removed).toBe(0)
    expect(asked).toEqual([])
  })
})

it.each([0, 60_000])('if one object fails, the others remove theirs; each step takes %i ms', async (ms) => {
  const asked: string[] = []
  let atMs = NOW_MS
  const getByName = (name: string) => ({
    async forget() {
      asked.push(name)
      if (name === 'app') throw new TypeError('is away')
      atMs += ms
      return { count: 3, isMore: false, oldestMs: null }
    },
  })
  const { context } = retentionWorld(store, {
    destinations: { getByName } as never,
    live: { nowMs: () => atMs } as never,
  })
  const names = ['app', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  for (const name of names)
    await context.registry.destinations.put(name, { url: 'https://app.example.com/' }, WHO, null)
  const parts = traces.parts.filter(({ setting }) => setting === 'attempts')
  expect(await enforce(context, [{ ...traces, parts }])).toEqual({ removed: 21, failed: ['traces'] })
  expect(asked.toSorted()).toEqual(names)
  const run = { atMs: NOW_MS, removed: 21, isMore: true, fault: 'TypeError' }
  expect((await context.registry.retention.read()).runs.traces).toEqual(run)
})

describe('the audit log', () => {
  it('loses lines that are archived and old, in the registry and in the bucket, and still verifies', async () => {
    const { context, set } = retentionWorld(store)
    const { registry } = context
    const beginMs = Date.now()
    const at = (days: number) => ({ ...context, nowMs: beginMs + days * DAY_MS })
    await set({ audit: 30 })
    await registry.audit.note({ action: 'source.changed', target: 'x', before: null, after: null }, WHO)
    // Not archived yet: nothing goes.
    await enforce(at(40))
    expect((await registry.audit.heads()).base.seq).toBe(0)
    await archive(at(0))
    const { head } = await registry.audit.heads()
    await enforce(at(29))
    expect((await registry.audit.heads()).base.seq).toBe(0)
    await enforce(at(31))
    // The lines that the runs have written are not archived, and so they stay.
    expect((await registry.audit.heads()).base).toEqual({ seq: head.seq, mac: head.mac })
    expect((await env.BACKUPS.list({ prefix: 'audit/' })).objects).toEqual([])
    await archive(at(31))
    expect(await verifyLog(context)).toMatchObject({ ok: true, anchors: 1 })
  })
})

describe('the next night', () => {
  it.each([
    ['2026-06-02T00:00:00Z', '2026-06-02T02:17:00.000Z'],
    ['2026-06-02T02:16:59.999Z', '2026-06-02T02:17:00.000Z'],
    ['2026-06-02T02:17:00Z', '2026-06-03T02:17:00.000Z'],
    ['2026-06-02T23:59:59Z', '2026-06-03T02:17:00.000Z'],
  ])('after %s is %s', (now, night) => {
    expect(new Date(nextNightMs(Date.parse(now))).toISOString()).toBe(night)
  })
})
