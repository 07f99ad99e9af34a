import { beforeEach, expect, it } from 'vitest'
import type { DeliveryStatus } from '../../../src/destinations/api.ts'
import type { StandIn } from '../../../src/watch/operations/facts.ts'
import { OperationSurvey } from '../../../src/watch/reading/operation-facts.ts'
import type { Store } from '../../../src/store/store.ts'
import { ACTIVE } from '../../support/destinations.ts'
import { emptyStore } from '../../support/store.ts'

/** Divisible by sixty: all is asked in it. */
const HOUR = 29_000_040
const SINCE = new Date((HOUR - 90) * 60_000).toISOString()
const NONE: ReadonlyMap<string, StandIn> = new Map()

let store: Store
let kv: Map<string, unknown>
let asked: string[]

beforeEach(async () => {
  store = await emptyStore()
  kv = new Map()
  asked = []
})

/** A new one each time, as after an eviction. */
const survey = (statuses: Readonly<Record<string, DeliveryStatus | null>> = {}) =>
  new OperationSurvey({
    kv: {
      get: (key: string) => kv.get(key) as never,
      put: (key: string, value: unknown) => void kv.set(key, value),
    },
    store,
    registry: {
      list: async () => {
        asked.push('sources')
        const rotations = [
          { slot: 'hmac', dueAtMs: (HOUR + 5) * 60_000 },
          { slot: 'old', dueAtMs: null },
        ]
        return [{ name: 'shop', rotations }] as never
      },
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
    { state: 'disabled', since: HOUR - 90 },
  ],
  [
    'is paused',
    { ...ACTIVE, state: 'paused', reason: 'paused', since: null, failing_since: SINCE, backlog: 7 },
    { state: 'working' },
  ],
  ['does not answer', null, {}],
])('tells of a destination that %s', async (_what, status, expected) => {
  const facts = await survey({ app: status }).at(HOUR, NONE)
  const [one] = facts.destinations
  const [reader] = facts.readers
  expect({
    ...(one !== undefined && { state: one.state }),
    ...(one !== undefined && one.sinceMinute !== HOUR && { since: one.sinceMinute }),
    ...(reader !== undefined && { behind: reader.eventsBehind }),
  }).toEqual(expected)
})

it('knows when secrets are due, and how many dead letters there are', async () => {
  const facts = await survey({ app: { ...ACTIVE, dead_letters: 3 } }).at(HOUR, NONE)
  expect(facts.secrets).toEqual([{ source: 'shop', slot: 'hmac', dueMinute: HOUR + 5 }])
  expect(facts.deadLetters).toEqual({ app: 3, queue: 0 })
})

it.each([
  [0, ['sources', 'app']],
  [1, []],
  [5, ['app']],
  [55, ['app']],
])('%i minutes after the hour asks %j', async (minutes, expected) => {
  await survey({ app: ACTIVE }).at(HOUR + minutes, NONE)
  expect(asked).toEqual(expected)
})

it('knows since when a guard does not answer, though its object forgets, and forgets it when the guard answers', async () => {
  const degraded = new Map<string, StandIn>([['shop', 'none']])
  const guards = async (minute: number, now = NONE) => (await survey().at(minute, now)).guards
  expect(await guards(HOUR, degraded)).toEqual([{ source: 'shop', standIn: 'none', sinceMinute: HOUR }])
  expect(await guards(HOUR + 1, degraded)).toMatchObject([{ sinceMinute: HOUR }])
  expect(await guards(HOUR + 3)).toMatchObject([{ sinceMinute: HOUR }])
  expect(await guards(HOUR + 4)).toEqual([])
  expect(await guards(HOUR + 9, degraded)).toMatchObject([{ sinceMinute: HOUR + 9 }])
})

it('believes what the consumer saw in the queue for three minutes', async () => {
  survey().noteBacklog({ messages: 40, oldestMs: (HOUR - 6) * 60_000 }, HOUR)
  expect((await survey().at(HOUR + 3, NONE)).queue).toEqual({ messages: 40, oldestMinute: HOUR - 6 })
  expect((await survey().at(HOUR + 4, NONE)).queue).toEqual({ messages: 0, oldestMinute: null })
})
