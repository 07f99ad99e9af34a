import { beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryStatus } from '../../../src/destinations/api.ts'
import { backlogOf } from '../../../src/platform/queues.ts'
import type { GuardFallback } from '../../../src/watch/operations/facts.ts'
import { OperationSurvey } from '../../../src/watch/reading/operation-facts.ts'
import type { Store } from '../../../src/store/store.ts'
import { ACTIVE } from '../../support/destinations.ts'
import type { DrillState } from '../../../src/registry/drills/drills.ts'
import type { RefusalCount, RefusalRecord } from '../../../src/refusals/refusal.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { queuesWith } from '../../support/queues.ts'
import { storeSegments } from '../../support/segments.ts'
import { emptyStore } from '../../support/store.ts'

/** Divisible by sixty: all is asked in it. */
const HOUR = 29_000_040
const SINCE = new Date((HOUR - 90) * 60_000).toISOString()
const NONE: ReadonlyMap<string, GuardFallback> = new Map()

let store: Store
let kv: Map<string, unknown>
let asked: string[]
let db: D1Database
let archives: boolean
let eventDays: number | null
/** Null of a registry that does not know the call. */
let drill: DrillState | null
let refused: RefusalCount[]
/** Called when the refusal log is asked for counts. */
let onTotals: () => void
let latest: Pick<RefusalRecord, 'atMs' | 'code' | 'probe'>[]
/** Messages in the dead letter queue. */
let waiting: { readonly messages: number; readonly oldestMs: number } | 'down' | null

beforeEach(async () => {
  store = await emptyStore()
  kv = new Map()
  asked = []
  archives = false
  drill = { restoredMs: null, dueMs: HOUR * 60_000 }
  eventDays = null
  db = store.db
  waiting = null
  refused = []
  onTotals = () => undefined
  latest = []
})

/** A new one each time, as after an eviction. */
const survey = (statuses: Readonly<Record<string, DeliveryStatus | null>> = {}) =>
  new OperationSurvey({
    kv: {
      get: (key: string) => kv.get(key) as never,
      put: (key: string, value: unknown) => void kv.set(key, value),
    },
    store: { ...store, db },
    backlog: (binding) =>
      backlogOf(
        queuesWith((one) => {
          if (one !== 'DEAD') return null
          if (waiting === 'down') throw new RangeError('the queue is down')
          return waiting
        }),
        binding,
      ),
    buckets: { 'large deliveries': async () => asked.push('bucket') },
    isDeployed: false,
    archives,
    eventDays: async () => eventDays,
    sources: {
      list: async () => {
        asked.push('sources')
        const rotations = [
          { slot: 'hmac', dueAtMs: (HOUR + 5) * 60_000 },
          { slot: 'old', dueAtMs: null },
        ]
        return [{ name: 'shop', rotations }] as never
      },
    },
    refusals: () => ({
      totals: async () => {
        onTotals()
        return refused
      },
      latest: async () => latest as RefusalRecord[],
    }),
    drills: {
      async state() {
        if (drill === null) throw new TypeError('the registry has no such call')
        return drill
      },
    },
    snapshots: {
      destinationIndex: async () => ({ version: 1, names: Object.keys(statuses) }),
    },
    destination: (name) => ({
      async status() {
        asked.push(name)
        const status = statuses[name]
        if (status === null || status === undefined) throw new Error('it does not answer')
        return status
      },
    }),
  })

it.each<[string, DeliveryStatus | null, object]>([
  ['works', { ...ACTIVE, backlog: 7, backlog_since: SINCE }, { state: 'working', behind: 7 }],
  ['fails', { ...ACTIVE, failing_since: SINCE }, { state: 'failing', since: HOUR - 90, behind: 0 }],
  [
    'is disabled',
    { ...ACTIVE, state: 'disabled', reason: 'gone', since: SINCE, backlog: 7 },
    { state: 'disabled', reason: 'gone', since: HOUR - 90 },
  ],
  [
    'is paused',
    { ...ACTIVE, state: 'paused', reason: 'paused', since: null, failing_since: SINCE, backlog: 7 },
    { state: 'working' },
  ],
  ['does not answer', null, {}],
])('tells of a destination that %s', async (_what, status, expected) => {
  const facts = await survey({ app: status }).at(HOUR)
  const [one] = facts.destinations
  const [reader] = facts.readers
  expect({
    ...(one !== undefined && { state: one.state }),
    ...(one?.reason && { reason: one.reason }),
    ...(one !== undefined && one.sinceMinute !== HOUR && { since: one.sinceMinute }),
    ...(reader !== undefined && { behind: reader.eventsBehind }),
  }).toEqual(expected)
})

it('knows when secrets are due, and how many dead letters there are', async () => {
  const facts = await survey({ app: { ...ACTIVE, given_up: 3 } }).at(HOUR)
  expect(facts.secrets).toEqual([{ source: 'shop', slot: 'hmac', dueMinute: HOUR + 5 }])
  expect(facts.deadLetters).toEqual({ app: 3, 'the queues': 0 })
})

it.each([
  [0, ['bucket', 'sources', 'app']],
  [1, ['bucket']],
  [5, ['bucket', 'app']],
  [55, ['bucket', 'app']],
])('%i minutes after the hour asks %j', async (minutes, expected) => {
  await survey({ app: ACTIVE }).at(HOUR + minutes)
  expect(asked).toEqual(expected)
})

it('knows since when a guard does not answer, though its object forgets, and forgets it when the guard answers', async () => {
  const degraded = new Map<string, GuardFallback>([['shop', 'none']])
  const guards = async (minute: number, now = NONE) => {
    survey().noteGuardFallbacks(minute, now)
    return (await survey().at(minute)).guards
  }
  expect(await guards(HOUR, degraded)).toEqual([{ source: 'shop', fallback: 'none', sinceMinute: HOUR }])
  expect(await guards(HOUR + 1, degraded)).toMatchObject([{ sinceMinute: HOUR }])
  expect(await guards(HOUR + 3)).toMatchObject([{ sinceMinute: HOUR }])
  expect(await guards(HOUR + 4)).toEqual([])
  expect(await guards(HOUR + 9, degraded)).toMatchObject([{ sinceMinute: HOUR + 9 }])
})

it('asks each queue what waits in it', async () => {
  waiting = { messages: 40, oldestMs: (HOUR - 6) * 60_000 }
  expect((await survey().at(HOUR)).queues).toEqual([
    { queue: 'postern-events', messages: 0, oldestMinute: null },
    { queue: 'postern-dead', messages: 40, oldestMinute: HOUR - 6 },
    { queue: 'postern-email-service', messages: 0, oldestMinute: null },
    { queue: 'postern-email-dead', messages: 0, oldestMinute: null },
  ])
  expect(await survey().queuedSinceMinute(HOUR)).toBe(HOUR - 6)
})

it('asks every hour for the next restore drill, and goes on without the answer', async () => {
  drill = { restoredMs: (HOUR - 9) * 60_000 + 1, dueMs: (HOUR + 9) * 60_000 }
  expect((await survey().at(HOUR)).drill).toEqual({ restoredMinute: HOUR - 9, dueMinute: HOUR + 9 })
  expect((await survey().at(HOUR + 1)).drill).toBeUndefined()
  drill = null
  const facts = await survey().at(HOUR)
  expect([facts.drill, facts.down]).toEqual([undefined, []])
})

it('asks every quarter of an hour how the store grows', async () => {
  for (const minutes of [0, 15, 30, 45])
    expect((await survey().at(HOUR + minutes)).growth).toMatchObject({ events: 0, level: 'fits' })
  const facts = await survey().at(HOUR + 1)
  expect([facts.growth, facts.archive]).toEqual([undefined, undefined])
})

it.each<[string, number, boolean, object | undefined, boolean, (number | null)?]>([
  ['no archive', 4, false, undefined, true],
  ['no archive, and retention', 4, false, undefined, false, 30],
  [
    'an archive that is late, and retention',
    4,
    true,
    { eventsBehind: 10, oldestMinute: HOUR - 240 },
    true,
    30,
  ],
  ['an archive that keeps up', 2, true, { eventsBehind: 10, oldestMinute: HOUR - 120 }, false],
  ['an archive that is late', 4, true, { eventsBehind: 10, oldestMinute: HOUR - 240 }, true],
])(
  'expects a date at which the store is full with %s',
  async (_what, hours, there, archive, isDated, days = null) => {
    eventDays = days
    archives = there
    await storeSegments([(HOUR - hours * 60) * 60_000])
    const facts = await survey().at(HOUR)
    expect(facts.archive).toEqual(archive)
    expect(facts.growth?.fullAtMs !== null).toBe(isDated)
  },
)

describe('traffic of a source', () => {
  const lastMs = HOUR * 60_000 + 600_000
  const minute = HOUR + 20
  const refusals = (count: number, at: number): void => {
    refused = [{ minute: at, source: 'shop', code: 'signature_mismatch', network: null, count }]
  }

  const sampled = (count: number, at: number, after: readonly number[], isProbe = false): void => {
    refusals(count, at)
    latest = after.map((ms) => ({
      atMs: lastMs + ms,
      code: 'signature_mismatch',
      ...(isProbe && { probe: true }),
    }))
  }

  it.each<[string, boolean, () => void, number | null, number]>([
    ['nothing ever came', false, () => undefined, null, 0],
    ['refusals alone', false, () => sampled(2, minute, [1]), null, 2],
    ['refusals of a drill alone', false, () => sampled(2, minute, [1], true), null, 0],
    ['events, and two refusals in their hour', true, () => refusals(2, HOUR + 12), (HOUR + 60) * 60_000, 0],
    ['events, and refusals in later hours', true, () => sampled(50, HOUR + 61, [1, 2]), lastMs, 50],
    [
      'events, and then refusals, within an hour',
      true,
      () => sampled(4, HOUR + 12, [1, 2, -1, 3]),
      lastMs,
      3,
    ],
  ])('%s', async (_what, hasEvent, happens, last, count) => {
    if (hasEvent)
      await consumeEvents(consumerDeps(store, { nowMs: () => lastMs }), [
        {
          ...(await mailEvent({ type: 'email.delivered', atMs: lastMs, nr: 1 })),
          received_at: new Date(lastMs).toISOString(),
        },
      ])
    happens()
    const { noted } = await survey().everything(minute)
    expect(noted.sources).toMatchObject([{ view: { name: 'shop' }, lastMs: last, refused: { count } }])
  })
})

it('asks everything at once for somebody who looks, at any minute', async () => {
  const { facts, noted } = await survey({ app: ACTIVE }).everything(HOUR + 1)
  expect(asked).toEqual(['sources', 'app'])
  expect(facts).toMatchObject({ growth: { level: 'fits' }, drill: { restoredMinute: null } })
  expect(noted).toMatchObject({ statuses: [{ name: 'app' }], retrying: [], quarantined: 0 })
})

it('asks the refusal log before the store has answered anything', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  onTotals = resolve
  db = {
    prepare: (sql: string) => store.db.prepare(sql),
    batch: (statements: D1PreparedStatement[]) => promise.then(() => store.db.batch(statements)),
  } as unknown as D1Database
  expect((await survey().everything(HOUR + 1)).facts.down).toEqual([])
})

describe('a part that does not answer', () => {
  const down = async (minute: number, statuses: Readonly<Record<string, DeliveryStatus | null>> = {}) =>
    (await survey(statuses).at(minute)).down

  it('is a fact, with the minutes of its first and its last failure, and hides no other', async () => {
    db = { prepare: () => store.db.prepare('SELECT 1 FROM no_such_table') } as unknown as D1Database
    waiting = 'down'
    const facts = await survey({ app: ACTIVE }).at(HOUR)
    expect(facts.down).toEqual([
      { part: 'the store', fault: 'Error', sinceMinute: HOUR, lastMinute: HOUR },
      { part: 'the queue postern-dead', fault: 'RangeError', sinceMinute: HOUR, lastMinute: HOUR },
    ])
    expect(facts.deadLetters).toEqual({ app: 0 })
    expect(facts.queues).toHaveLength(3)
    expect(await down(HOUR + 3)).toMatchObject([
      { sinceMinute: HOUR, lastMinute: HOUR + 3 },
      { sinceMinute: HOUR, lastMinute: HOUR + 3 },
    ])
    expect(await survey().queuedSinceMinute(HOUR + 3)).toBe(0)
    db = store.db
    waiting = null
    expect(await down(HOUR + 4)).toEqual([])
    expect(await survey().queuedSinceMinute(HOUR + 4)).toBeNull()
  })

  it('may be a destination, also one named queue, until it answers or is removed', async () => {
    const since = { sinceMinute: HOUR, lastMinute: HOUR }
    const part = (name: string) => ({ part: `destination ${name}`, fault: 'Error', ...since })
    expect(await down(HOUR, { queue: null, app: null })).toEqual([part('queue'), part('app')])
    expect(await down(HOUR + 1)).toHaveLength(2)
    expect(await down(HOUR + 5, { queue: ACTIVE })).toEqual([])
  })

  it('is the store that answers and refuses what the consumer writes', async () => {
    survey().noteStore('DatabaseFull', HOUR)
    survey().noteStore('DatabaseFull', HOUR + 15)
    const full = { part: 'the store', fault: 'DatabaseFull', sinceMinute: HOUR }
    expect(await down(HOUR + 16)).toEqual([{ ...full, lastMinute: HOUR + 16 }])
    expect(survey().storeFault(HOUR + 16)).toEqual({ fault: 'DatabaseFull', sinceMs: HOUR * 60_000 })
    expect(await survey().queuedSinceMinute(HOUR + 16)).toBe(HOUR)
    survey().noteStore(null, HOUR + 17)
    expect(await down(HOUR + 17)).toEqual([])
  })

  it.each<[string, () => Promise<unknown>, readonly number[]]>([
    ['nothing fails', async () => undefined, []],
    ['it does not answer', () => failing(0, 1, 2, 3), [0, 1, 2, 3, 4, 5]],
    ['it answers again', async () => { await failing(0, 1, 2, 3); await down(HOUR + 4) }, [0, 1, 2, 3, 4, 5]],
    ['it fails twice', async () => { await failing(0, 1, 2, 3); await down(HOUR + 4); await failing(10, 13); await down(HOUR + 14) }, [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15]],
    ['it fails for a moment', async () => { await failing(0, 1, 2); await down(HOUR + 3) }, []],
    ['it refuses what the consumer writes', async () => { survey().noteStore('Error', HOUR); survey().noteStore('Error', HOUR + 4); survey().noteStore(null, HOUR + 5) }, Array.from({ length: 25 }, (_, i) => i)],
    ['another part fails', async () => { waiting = 'down'; await down(HOUR) }, []],
  ])('is the store, and the minutes are known in which nothing was stored: %s', async (_what, happens, expected) => {
    await happens()
    const minutes = Array.from({ length: 30 }, (_, i) => i - 2)
    expect(minutes.filter((minute) => survey().wasStoreDown(HOUR + minute))).toEqual(expected)
  }) // prettier-ignore

  const failing = async (...minutes: readonly number[]): Promise<void> => {
    db = { prepare: () => store.db.prepare('SELECT 1 FROM no_such_table') } as unknown as D1Database
    for (const minute of minutes) await down(HOUR + minute)
    db = store.db
  }

  it('is the store for as long as the consumer tries again, and no longer', async () => {
    survey().noteStore('Error', HOUR)
    expect(await down(HOUR + 20)).toHaveLength(1)
    expect(await down(HOUR + 21)).toEqual([])
  })

  it('is the watch itself, unless it waits for the store', async () => {
    survey().noteWatch({ fault: 'TypeError', sinceMs: 0 }, HOUR)
    expect(await down(HOUR)).toMatchObject([{ part: 'the watch of attacks', fault: 'TypeError' }])
    survey().noteStore('Error', HOUR + 1)
    expect(await down(HOUR + 1)).toMatchObject([{ part: 'the store' }])
  })
})
