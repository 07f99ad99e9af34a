import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import type { DeliveryFacts } from '../../../src/event/envelope.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { ARRIVAL_START, type ArrivalPosition } from '../../../src/store/arrival.ts'
import type { Store } from '../../../src/store/store.ts'
import { type EventToStore, toStore } from '../../../src/store/stored-event.ts'
import { readMinute } from '../../../src/watch/reading/read-minute.ts'
import { totalOf } from '../../../src/watch/signals/forms.ts'
import { NOTHING } from '../../../src/watch/signals/signals.ts'
import type { Arrived } from '../../../src/refusals/refusal.ts'
import { deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { storeBatches } from '../../support/segments.ts'
import { emptyStore } from '../../support/store.ts'

const MINUTE = 29_000_000
const AT_MS = MINUTE * 60_000
const NO_REPORTS: Arrived = { refused: [], duplicates: [] }

let store: Store
let made = 0

beforeEach(async () => {
  store = await emptyStore()
})

/** One event of a delivery, received a minute after it happened. */
async function event(delivery: Partial<DeliveryFacts> = {}, isTimed = true) {
  made++
  const given = await mailEvent({
    type: 'email.delivered',
    nr: made,
    atMs: isTimed ? AT_MS - 60_000 : undefined,
    received_at: toInstant(AT_MS),
    recipient: null,
  })
  return toStore(
    given,
    deliveryFacts({
      request_id: `req_${made}`,
      network: '192.0.2.0/24',
      asn: 64_500,
      bytes: 200,
      ...delivery,
    }),
    undefined,
    store,
  )
}

const reading = (from: ArrivalPosition = ARRIVAL_START, minute = MINUTE, reports: Arrived = NO_REPORTS) =>
  readMinute({ store, refusalLog: { arrived: async () => reports } }, from, minute)

const ONE = {
  ...NOTHING,
  accepted: 1,
  events: { 'email.delivered': 1 },
  nativeTypes: { delivered: 1 },
  networks: { '192.0.2.0/24': 1 },
  lagSeconds: 60,
  bodyBytes: 200,
}

it.each<[string, () => Promise<EventToStore>[], object]>([
  ['one event', () => [event()], ONE],
  [
    'one event, and what was fetched from the ESP',
    () => [event(), event({ origin: 'backfill' }), event({ origin: 'backfill_forwarded' })],
    ONE,
  ],
  [
    'two events of one delivery',
    () => [event({ request_id: 'req_a' }), event({ request_id: 'req_a' })],
    { ...ONE, events: { 'email.delivered': 2 }, nativeTypes: { delivered: 2 } },
  ],
  [
    'a delivery of an older gateway',
    () => [event({ network: undefined, asn: undefined, bytes: undefined })],
    { ...ONE, networks: { unknown: 1 }, bodyBytes: null },
  ],
  ['an event without a time', () => [event({}, false)], { ...ONE, lagSeconds: null }],
  [
    'a tolerated check',
    () => [event({ alerts: ['source_ip_not_listed', 'copy'] })],
    { ...ONE, failedChecks: { source_ip_not_listed: 1, copy: 1 } },
  ],
])('counts %s', async (_what, given, expected) => {
  await storeBatches([await Promise.all(given())], AT_MS)
  expect(Object.fromEntries((await reading()).signals)).toEqual({ shop: expected })
})

it('adds what gateways reported, and leaves out names that are no source', async () => {
  const refused = { minute: MINUTE, code: 'signature_mismatch', network: '198.51.100.0/24', count: 3 }
  const { signals } = await reading(ARRIVAL_START, MINUTE, {
    refused: [
      { ...refused, source: 'shop', asn: 64_501 },
      { ...refused, source: null },
    ],
    duplicates: [{ source: 'news', count: 2 }],
    defects: [
      { source: 'news', provider: 'MailerSend', type: 'bounce', lack: 'form', count: 3, example: '{}' },
    ],
  })
  expect(Object.fromEntries(signals)).toEqual({
    shop: {
      ...NOTHING,
      refused: [{ code: 'signature_mismatch', network: '198.51.100.0/24', asn: 64_501, count: 3 }],
    },
    news: {
      ...NOTHING,
      duplicates: 2,
      defects: [{ provider: 'MailerSend', type: 'bounce', lack: 'form', count: 3, example: '{}' }],
    },
  })
})

it('counts deliveries of a source that observes as accepted, and knows their networks', async () => {
  const observed = [
    { source: 'old', network: '192.0.2.0/24', count: 3 },
    { source: 'old', network: null, count: 1 },
  ]
  const { signals, verified } = await reading(ARRIVAL_START, MINUTE, { ...NO_REPORTS, observed })
  expect(Object.fromEntries(signals)).toEqual({ old: { ...NOTHING, accepted: 4 } })
  expect(verified).toEqual(new Map([['old', new Set(['192.0.2.0/24'])]]))
})

it('adds items of the minute before that could not be read', async () => {
  for (const atMs of [AT_MS - 60_000, AT_MS - 1, AT_MS])
    await putIntoQuarantine(
      store,
      {
        problem: 'item_unreadable',
        content_type: null,
        query: '',
        headers: {},
        body: btoa(String(atMs)),
        item: true,
      },
      deliveryFacts({ received_at: toInstant(atMs) }),
    )
  expect(Object.fromEntries((await reading()).signals)).toEqual({ shop: { ...NOTHING, quarantined: 2 } })
})

it.each([
  ['guard_down:timeout', 'none'],
  ['failover:timeout', 'another store'],
])('knows by %s what stood in for the guard', async (degraded, fallback) => {
  await storeBatches([[await event({ degraded })]], AT_MS)
  expect([...(await reading()).guardFallbacks]).toEqual([['shop', fallback]])
})

it.each<[string, string | null, string, 'none' | 'another store' | undefined]>([
  ['the source refuses while no guard answers', null, 'guard_unavailable', 'none'],
  ['another store takes over after that', 'failover:timeout', 'guard_unavailable', 'none'],
  ['another refusal', null, 'signature_mismatch', undefined],
])('knows that nothing stood in for the guard, or not: %s', async (_what, degraded, code, fallback) => {
  await storeBatches([[await event({ degraded })]], AT_MS)
  const refused = { minute: MINUTE, source: 'shop', code, network: '198.51.100.0/24', asn: null, count: 3 }
  const { guardFallbacks } = await reading(ARRIVAL_START, MINUTE, { refused: [refused], duplicates: [] })
  expect(guardFallbacks.get('shop')).toBe(fallback)
})

it('counts each event in exactly one minute, however minutes and batches fall', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ afterSeconds: fc.nat(150), events: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 1,
        maxLength: 12,
      }),
      async (batches) => {
        store = await emptyStore()
        let atMs = AT_MS
        let stored = 0
        for (const { afterSeconds, events } of batches) {
          atMs += afterSeconds * 1_000
          await storeBatches([await Promise.all(Array.from({ length: events }, () => event()))], atMs)
          stored += events
        }
        const byMinute: number[] = []
        let from: ArrivalPosition = ARRIVAL_START
        for (let minute = MINUTE; minute <= Math.floor(atMs / 60_000); minute++) {
          const once = await reading(from, minute)
          expect(await reading(from, minute)).toEqual(once)
          byMinute.push(totalOf(once.signals.get('shop')?.events ?? {}))
          from = once.next
        }
        expect(byMinute.reduce((sum, count) => sum + count, 0)).toBe(stored)
        expect(from.number).toBe(stored)
        const first = Math.floor(AT_MS / 60_000) + 1
        const ofFirst = batches.reduce(
          ({ ms, sum }, { afterSeconds, events }) => ({
            ms: ms + afterSeconds * 1_000,
            sum: ms + afterSeconds * 1_000 < first * 60_000 ? sum + events : sum,
          }),
          { ms: AT_MS, sum: 0 },
        ).sum
        expect(byMinute[0]).toBe(ofFirst)
      },
    ),
    { numRuns: 15 },
  ))
