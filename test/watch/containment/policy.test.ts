/** Actions of a source's policy, and the cases that it leaves to people. */
import { describe, expect, it } from 'vitest'
import type { Containment } from '../../../src/registry/containment/containment.ts'
import type { ContainRequest } from '../../../src/watch/incidents/incident.ts'
import type { StoredFinding, StoredIncident } from '../../../src/watch/incidents/stored.ts'
import { actionable, plannedActions } from '../../../src/watch/containment/policy.ts'
import { containment, storedFinding } from '../../support/incidents.ts'
import { WHO } from '../../support/who.ts'
import { DOCUMENT, ESP, HOSTILE, SHOP, START, type World, block, inWorld } from './world.ts'

const NETWORKS = [HOSTILE, '198.51.100.0/24', '2001:db8:9::/48', '100.64.1.0/24']

const FINDING = storedFinding({
  source: SHOP,
  raisedMinute: START,
  sinceMs: (START - 5) * 60_000,
  networks: NETWORKS,
})

const made = (measure: Containment['measure'], change: Partial<Containment> = {}): Containment =>
  containment({
    measure,
    startedAtMs: (START + 1) * 60_000,
    endsAtMs: (START + 61) * 60_000,
    incident: 1,
    ...change,
  })
const blocked = (network: string, change: Partial<Containment> = {}) =>
  made({ action: 'block', network }, change)

const rotation = (slot: string, generated: boolean) => ({
  slot,
  state: 'fresh' as const,
  generated,
  installed: generated,
  dueAtMs: null,
  problem: null,
})
const version = (slot: string, createdAtMs: number) => ({
  slot,
  version: 1,
  state: 'active' as const,
  origin: 'postern' as const,
  createdAtMs,
  activatedAtMs: createdAtMs,
  acceptedUntilMs: null,
  revokedAtMs: null,
})

const view = (containment: object, createdAtMs = 0) => ({
  config: { provider: 'postmark', level: 'standard' as const, containment } as never,
  rotations: [rotation('basic', true), rotation('esp_api_token', false)],
  secrets: [version('basic', createdAtMs)],
})

const NOW_MS = (START + 2) * 60_000

const RAISE = { action: 'raise_level', level: 'maximum', seconds: 3_600 } as const
const PAUSE = { action: 'pause', seconds: 3_600 } as const

describe('the policy', () => {
  it.each<[string, object, Partial<StoredFinding>, readonly Containment[], readonly ContainRequest[]]>([
    ['only advises without a setting', {}, {}, [], []],
    ['only advises if it says so', { bruteForce: 'advise' }, {}, [], []],
    ['is about one kind', { bruteForceSpread: 'block' }, {}, [], []],
    [
      'blocks at most three networks',
      { bruteForce: 'block' },
      {},
      [],
      NETWORKS.slice(0, 3).map((one) => block(one)),
    ],
    ['blocks none that is unknown', { bruteForce: 'block' }, { networks: [] }, [], []],
    [
      'blocks none twice, and counts those that were blocked before',
      { bruteForce: 'block' },
      {},
      [blocked(HOSTILE), blocked('10.1.1.0/24')],
      [block('198.51.100.0/24')],
    ],
    [
      'blocks a network that a person has blocked no second time',
      { bruteForce: 'block' },
      { networks: [HOSTILE] },
      [blocked(HOSTILE, { by: 'admin' })],
      [],
    ],
    [
      'blocks a network again before its block ends, as long as it is found',
      { bruteForce: 'block' },
      { networks: [HOSTILE] },
      [blocked(HOSTILE, { endsAtMs: NOW_MS + 60_000 })],
      [block()],
    ],
    [
      'blocks no network again whose block was lifted, and others',
      { bruteForce: 'block' },
      { networks: NETWORKS.slice(0, 2) },
      [blocked(HOSTILE, { liftedAtMs: NOW_MS, liftedBy: 'policy' })],
      [block('198.51.100.0/24')],
    ],
    [
      'pauses the source no second time',
      { bounceShare: 'pause' },
      { kind: 'bounce_share' },
      [made({ action: 'pause' }, { endsAtMs: NOW_MS - 1 })],
      [],
    ],
    ['raises the level', { payload: 'raiseLevel' }, { kind: 'payload' }, [], [RAISE]],
    [
      'raises the level once',
      { payload: 'raiseLevel' },
      { kind: 'payload' },
      [made({ action: 'raise_level', level: 'maximum' })],
      [],
    ],
    ['pauses the source', { bounceShare: 'pause' }, { kind: 'bounce_share' }, [], [PAUSE]],
    [
      'pauses the source, whatever happened at another',
      { bounceShare: 'pause' },
      { kind: 'bounce_share' },
      [made({ action: 'pause' }, { source: 'news' })],
      [PAUSE],
    ],
    [
      'rotates what Postern generates',
      { address: 'rotate' },
      { kind: 'address' },
      [],
      [{ action: 'rotate', slot: 'basic' }],
    ],
  ])('%s', (_what, containment, finding, containments, expected) => {
    expect(plannedActions({ ...FINDING, ...finding }, containments, view(containment), NOW_MS)).toEqual(
      expected,
    )
  })

  it('rotates nothing that was generated since, also if nobody recorded it', () => {
    const rotated = view({ address: 'rotate' }, START * 60_000 + 1)
    expect(plannedActions({ ...FINDING, kind: 'address' }, [], rotated, NOW_MS)).toEqual([])
  })
})

it.each<[string, Partial<StoredFinding>, readonly Containment[], number]>([
  ['a warning', {}, [], 1],
  ['what says nothing yet', { severity: 'info' }, [], 0],
  ['what is over', { endedMs: 1 }, [], 0],
  [
    'what a person has lifted something of',
    {},
    [blocked('10.1.1.0/24', { liftedAtMs: 1, liftedBy: 'admin' })],
    0,
  ],
  [
    'what had a block lifted by itself',
    {},
    [blocked('10.1.1.0/24', { liftedAtMs: 1, liftedBy: 'policy' })],
    1,
  ],
])('a policy may act on %s: %#', (_what, finding, containments, count) => {
  const incident = { state: 'open', findings: [{ ...FINDING, ...finding }], containments }
  expect(actionable(incident as unknown as StoredIncident)).toHaveLength(count)
})

const BLOCKING = { ...DOCUMENT, containment: { bruteForce: 'block' } }

const incidentOf = async (world: World) => {
  const found = await world.incidents.incident(1, null)
  if (found === null) throw new Error(`no incident: ${JSON.stringify(world.logged)}`)
  return found
}
const linesOf = async (world: World, kind: string) =>
  (await incidentOf(world)).timeline.filter((line) => line.kind === kind)

describe('an attack on a source whose policy blocks', () => {
  it('is contained as long as it is found, whatever restarts, and the containment ends by itself', async () => {
    await inWorld(BLOCKING, async (world) => {
      await world.delivered(ESP)
      world.attacked(HOSTILE)
      await world.pass(1)
      expect(await world.blocked()).toEqual([HOSTILE])
      for (let i = 0; i < 3; i += 1) {
        world.evict()
        await world.pass(1)
      }
      expect(await incidentOf(world)).toMatchObject({
        state: 'contained',
        containments: [{ by: 'policy', incident: 1, measure: { action: 'block', network: HOSTILE } }],
      })
      expect(await linesOf(world, 'contained')).toHaveLength(1)
      const [containment] = await world.registry.sources.containments(SHOP)
      expect((containment?.endsAtMs ?? 0) - (containment?.startedAtMs ?? 0)).toBe(3_600_000)
      // Each time when it is about to end, it is made longer.
      await world.pass(70)
      expect(await world.blocked()).toEqual([HOSTILE])
      expect(await linesOf(world, 'contained')).toHaveLength(2)
      expect(await linesOf(world, 'containment_ended')).toEqual([])
      // Nothing is found for an hour of the window and six quiet hours.
      await world.pass(470)
      expect(await world.blocked()).toEqual([])
      expect((await incidentOf(world)).state).toBe('resolved')
      expect(world.logged).toEqual([])
    })
  }, 120_000)

  it('is told to channels, also if nothing was verified: that the policy leaves it to people', async () => {
    await inWorld(BLOCKING, async (world) => {
      world.attacked(HOSTILE)
      await world.pass(2)
      expect(await world.blocked()).toEqual([])
      const refused = await linesOf(world, 'containment_refused')
      expect(refused.map(({ text }) => text)).toEqual([
        `The policy of shop did not block ${HOSTILE}: no delivery to the source was verified in the last day and its ESP publishes no networks, so it may be the ESP.`,
      ])
      // A person may know better.
      expect(await world.contain(block(), 1)).toMatchObject({ ok: true })
    })
  })

  it.each<[string, object]>([
    [
      'publishes its networks',
      { provider: 'brevo', secrets: { bearer_token: 'a-token-of-the-containment-test' } },
    ],
    ['has networks that the source names', { ...DOCUMENT, allowedIps: [ESP] }],
  ])('is contained although nothing was verified, if the ESP %s', async (_what, document) => {
    await inWorld({ ...document, containment: { bruteForce: 'block' } }, async (world) => {
      world.attacked(HOSTILE)
      await world.pass(1)
      expect(await world.blocked()).toEqual([HOSTILE])
    })
  })

  it('is left to people once one of them has lifted the containment', async () => {
    await inWorld(BLOCKING, async (world) => {
      await world.delivered(ESP)
      world.attacked(HOSTILE)
      await world.pass(1)
      const [containment] = await world.registry.sources.containments(SHOP)
      expect(await world.incidents.lift(containment?.id ?? '', WHO)).toMatchObject({
        liftedAtMs: world.nowMs,
        liftedBy: 'admin',
      })
      world.attacked(HOSTILE)
      world.attacked('198.51.100.0/24', 600)
      await world.pass(3)
      expect(await world.blocked()).toEqual([])
      expect(await linesOf(world, 'containment_ended')).toHaveLength(1)
      expect(await world.incidents.lift(containment?.id ?? '', WHO)).toBeNull()
    })
  })

  it('is told in the timeline, once, if it comes from a network of verified deliveries', async () => {
    await inWorld(BLOCKING, async (world) => {
      await world.delivered(HOSTILE)
      world.attacked(HOSTILE)
      await world.pass(5)
      expect(await world.blocked()).toEqual([])
      const refused = await linesOf(world, 'containment_refused')
      expect(refused.map(({ text }) => text)).toEqual([
        `The policy of shop did not block ${HOSTILE}: a delivery from it was verified in the last day.`,
      ])
      expect((await incidentOf(world)).state).toBe('open')
    })
  })
})

describe('what is recommended', () => {
  const blocksOf = async (world: World) =>
    (await incidentOf(world)).actions.flatMap(({ contain }) =>
      contain?.action === 'block' ? [contain.network] : [],
    )

  it('is a block that is begun if somebody asks for it, and then no more', async () => {
    await inWorld(DOCUMENT, async (world) => {
      await world.delivered(ESP)
      world.attacked(HOSTILE)
      await world.pass(1)
      expect(await blocksOf(world)).toEqual([HOSTILE])
      expect(await world.contain(block(HOSTILE), 1)).toMatchObject({ ok: true })
      await world.pass(1)
      expect(await blocksOf(world)).toEqual([])
    })
  })
})

describe('by hand', () => {
  it('a containment is recorded with its incident', async () => {
    await inWorld(DOCUMENT, async (world) => {
      world.attacked(HOSTILE)
      await world.pass(1)
      expect(await world.contain({ action: 'pause', seconds: 600 }, 1)).toMatchObject({ ok: true })
      expect(await incidentOf(world)).toMatchObject({ state: 'contained', containments: [{ by: 'admin' }] })
    })
  })

  it.each([
    ['an incident that does not exist', 9, SHOP],
    ['an incident of another source', 1, 'news'],
  ])('nothing is contained for %s', async (_what, incident, source) => {
    await inWorld(DOCUMENT, async (world) => {
      world.attacked(HOSTILE)
      await world.pass(1)
      expect(await world.contain(block(), incident, source)).toEqual({ ok: false, code: 'incident_unknown' })
      expect(await world.registry.sources.containments(null)).toEqual([])
    })
  })
})
