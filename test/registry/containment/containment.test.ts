import { describe, expect, it } from 'vitest'
import type { Measure } from '../../../src/registry/containment/containment.ts'
import { ACTIVE_MAX } from '../../../src/registry/containment/containment-tables.ts'
import { REPLACING } from '../../support/restoring.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, DAY_MS, NOW_MS, actionsOf, withSource } from '../support.ts'

const DOCUMENT = {
  provider: 'brevo',
  allowedIps: ['198.51.100.0/28', '2001:db8:7::/48'],
  secrets: { bearer_token: 'a-token-of-the-containment-test' },
}
const HOSTILE = { action: 'block', network: '203.0.113.0/24' } as const
const RAISED = { action: 'raise_level', level: 'maximum' } as const
const PAUSED = { action: 'pause' } as const

const begin = (registry: ClockedRegistry, measure: Measure = HOSTILE, seconds = 3_600) =>
  registry.containments.begin('shop', measure, seconds, 17, WHO)

async function begun(registry: ClockedRegistry, measure: Measure = HOSTILE, seconds = 3_600) {
  const result = await begin(registry, measure, seconds)
  if (!result.ok) throw new Error(JSON.stringify(result))
  return result.containment
}

const block = (network: string): Measure => ({ action: 'block', network })

describe('a containment', () => {
  it.each([HOSTILE, RAISED, PAUSED])(
    '%o is a new version of the source with a line of the log',
    async (measure) => {
      await withSource(DOCUMENT, async (registry) => {
        const before = await registry.snapshots.source('shop')
        const containment = await begun(registry, measure)
        expect(containment).toMatchObject({
          source: 'shop',
          measure,
          startedAtMs: NOW_MS,
          endsAtMs: NOW_MS + 3_600_000,
          liftedAtMs: null,
          incident: 17,
          by: 'admin',
        })
        const after = await registry.snapshots.source('shop')
        expect(after?.version).toBeGreaterThan(before?.version ?? 0)
        expect(after?.containment).toEqual([{ ...measure, endsAtMs: NOW_MS + 3_600_000 }])
        expect(actionsOf(registry).at(-1)).toBe('containment.began source/shop')
      })
    },
  )

  it.each([
    ['a network that the provider publishes', block('1.179.112.0/24'), 'network_published'],
    ['an address in one', block('1.179.113.7'), 'network_published'],
    ['an address in one, mapped into IPv6', block('::ffff:1.179.113.7'), 'network_published'],
    ['an address in one, mapped and in hexadecimal', block('::ffff:01b3:7107/128'), 'network_published'],
    ['a network around an allowed one', block('198.51.100.0/24'), 'network_published'],
    ['a network in an allowed one', block('2001:db8:7:1::/64'), 'network_published'],
    ['a network that is too wide', block('203.0.0.0/23'), 'document_invalid'],
    ['a network of all', block('0.0.0.0/0'), 'document_invalid'],
    ['an IPv6 network that is too wide', block('2001:db8::/47'), 'document_invalid'],
    ['all IPv4 addresses as an IPv6 network', block('::ffff:0:0/96'), 'document_invalid'],
    ['what is no network', block('everywhere'), 'document_invalid'],
    ['a network with host bits', block('203.0.113.7/24'), 'document_invalid'],
    ['the level that the source has', { action: 'raise_level', level: 'enhanced' }, 'document_invalid'],
  ] as const)('refuses %s, and changes nothing', async (_what, measure, code) => {
    await withSource({ ...DOCUMENT, level: 'enhanced' }, async (registry) => {
      const before = await registry.snapshots.source('shop')
      expect(await begin(registry, measure)).toMatchObject({ ok: false, code })
      expect(await registry.snapshots.source('shop')).toEqual(before)
      expect(await registry.sources.containments(null)).toEqual([])
    })
  })

  it.each([0, 59, 86_401, 90.5, Number.NaN, Infinity])('refuses to last %d seconds', async (seconds) => {
    await withSource(DOCUMENT, async (registry) => {
      expect(await begin(registry, HOSTILE, seconds)).toMatchObject({ ok: false, code: 'document_invalid' })
    })
  })

  it('refuses a source that does not exist', async () => {
    await withSource(DOCUMENT, async (registry) => {
      const result = await registry.containments.begin('other', PAUSED, 60, null, WHO)
      expect(result).toEqual({ ok: false, code: 'source_unknown' })
    })
  })

  it('ends by itself, and is listed for 30 days', async () => {
    await withSource(DOCUMENT, async (registry) => {
      const one = await begun(registry)
      registry.world.clock += 3_600_000
      expect((await registry.snapshots.source('shop'))?.containment).toBeUndefined()
      expect(await registry.sources.containments('shop')).toEqual([one])
      expect(await registry.sources.containments('other')).toEqual([])
      expect(await registry.containments.lift(one.id, WHO)).toBeNull()
      registry.world.clock += 31 * DAY_MS
      expect(await registry.sources.containments(null)).toEqual([])
      await begun(registry, PAUSED)
      expect(registry.rows('SELECT id FROM containments')).toHaveLength(1)
    })
  })

  it('is lifted once, with a new version of the source', async () => {
    await withSource(DOCUMENT, async (registry) => {
      const one = await begun(registry)
      const { version = 0 } = (await registry.snapshots.source('shop')) ?? {}
      registry.world.clock += 1_000
      const lifted = { ...one, liftedAtMs: NOW_MS + 1_000, liftedBy: 'admin' }
      expect(await registry.containments.lift(one.id, WHO)).toEqual(lifted)
      expect(await registry.containments.lift(one.id, WHO)).toBeNull()
      expect(await registry.containments.lift('none', WHO)).toBeNull()
      const after = await registry.snapshots.source('shop')
      expect(after?.containment).toBeUndefined()
      expect(after?.version).toBeGreaterThan(version)
      expect(await registry.sources.containments(null)).toEqual([lifted])
      expect(actionsOf(registry).at(-1)).toBe('containment.lifted source/shop')
    })
  })

  it('that begins again keeps its id and the later end', async () => {
    await withSource(DOCUMENT, async (registry) => {
      const one = await begun(registry)
      expect(await begun(registry, block('::ffff:203.0.113.0/120'), 60)).toEqual(one)
      const later = await begun(registry, HOSTILE, 7_200)
      expect(later).toEqual({ ...one, endsAtMs: NOW_MS + 7_200_000 })
      expect(await registry.sources.containments('shop')).toEqual([later])
      expect(actionsOf(registry).filter((line) => line.startsWith('containment.began'))).toHaveLength(2)
    })
  })

  it('is one of a bounded number', async () => {
    await withSource(DOCUMENT, async (registry) => {
      for (let i = 0; i < ACTIVE_MAX; i += 1) await begun(registry, block(`203.0.${i}.0/24`))
      expect(await begin(registry, PAUSED)).toEqual({ ok: false, code: 'too_many_containments' })
      expect((await registry.snapshots.source('shop'))?.containment).toHaveLength(ACTIVE_MAX)
    })
  })

  it('is gone with its source', async () => {
    await withSource(DOCUMENT, async (registry) => {
      await begun(registry)
      await registry.sources.remove('shop', WHO, null)
      await registry.sources.put('shop', DOCUMENT, WHO, null)
      expect((await registry.snapshots.source('shop'))?.containment).toBeUndefined()
      expect(await registry.sources.containments(null)).toEqual([])
    })
  })

  it('is in no backup: a restore ends all', async () => {
    await withSource(DOCUMENT, async (registry) => {
      await begun(registry)
      const { sealed } = await registry.backups.make(WHO)
      expect(await registry.backups.restore(sealed, REPLACING, WHO)).toMatchObject({ ok: true })
      expect((await registry.snapshots.source('shop'))?.containment).toBeUndefined()
    })
  })

  it('survives a restart of the object', async () => {
    await withSource(DOCUMENT, async (registry, restart) => {
      const one = await begun(registry)
      expect(await restart().sources.containments(null)).toEqual([one])
    })
  })
})

describe('the setting', () => {
  it.each([
    [{ bruteForce: 'pause' }, 'containment.bruteForce'],
    [{ payload: 'block' }, 'containment.payload'],
    [{ replay: 'rotate' }, 'containment.replay'],
    [{ address: 'block' }, 'containment.address'],
    [{ silence: 'pause' }, 'containment.silence'],
    ['block', 'containment'],
  ])('%j is refused with its path', async (containment, path) => {
    await withSource(DOCUMENT, async (registry) => {
      const put = await registry.sources.put('shop', { ...DOCUMENT, containment }, WHO, null)
      const problems = put.ok || put.code !== 'document_invalid' ? [] : put.problems
      expect(problems.map((one) => one.path)).toEqual([path])
    })
  })

  it('is kept, and is a difference of two documents', async () => {
    const containment = { bruteForce: 'block', address: 'rotate', bounceShare: 'advise' }
    await withSource({ ...DOCUMENT, containment }, async (registry) => {
      expect((await registry.sources.find('shop'))?.config.containment).toEqual(containment)
      const sources = { shop: { ...DOCUMENT, containment: { ...containment, address: 'pause' } } }
      const wanted = { sources, prune: false, expectedVersion: null, dryRun: true }
      const applied = await registry.configuration.apply(wanted, WHO)
      expect(applied.ok && applied.changes[0]?.settings).toEqual([
        { path: 'containment', before: containment, after: { ...containment, address: 'pause' } },
      ])
    })
  })
})
