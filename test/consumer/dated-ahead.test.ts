/** Events dated after their receipt: they count at the time of receipt, and the reported time is stored. */
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { toInstant } from '../../src/platform/time.ts'
import { listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import type { Store } from '../../src/store/store.ts'
import { findSuppression, removeSuppression } from '../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { DAY_MS, HOUR_MS, type SimulatedEvent, NOON_MS, mailEvent } from '../support/mail-events.ts'
import { allCounts, storeBefore04 } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

const ADA = 'ada@example.com'
const MINUTE_MS = 60_000
/** The largest time that an event may have. */
const YEAR_9999_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

let store: Store

beforeEach(async () => {
  store = await storeBefore04()
})

/** Received this many minutes after noon, and dated then by default. */
const at = (minute: number, simulated: SimulatedEvent): SimulatedEvent => ({
  atMs: NOON_MS + minute * MINUTE_MS,
  received_at: toInstant(NOON_MS + minute * MINUTE_MS),
  ...simulated,
})
const ahead = (minute: number, simulated: SimulatedEvent): SimulatedEvent =>
  at(minute, { ...simulated, atMs: YEAR_9999_MS })

const SUBSCRIBED: SimulatedEvent = { type: 'email.subscribed' }
const UNSUBSCRIBED: SimulatedEvent = { type: 'email.unsubscribed' }
const COMPLAINT: SimulatedEvent = { type: 'email.spam_reported' }
const HARD: SimulatedEvent = { type: 'email.bounced', bounce_type: 'hard' }
const SOFT: SimulatedEvent = { type: 'email.bounced', bounce_type: 'soft' }
const DELIVERED: SimulatedEvent = { type: 'email.delivered' }

const consumeEach = async (simulatedEvents: readonly SimulatedEvent[], firstNr = 0) => {
  for (const [i, one] of simulatedEvents.entries()) {
    await consumeEvents(consumerDeps(store), [await mailEvent({ ...one, nr: firstNr + i })])
  }
}

/** `reason minute` of each active suppression. */
const inForce = async () =>
  ((await findSuppression(store, ADA, 0))?.reasons ?? []).map(
    ({ reason, since }) => `${reason} ${(Date.parse(since) - NOON_MS) / MINUTE_MS}`,
  )

describe('an event dated in the future', () => {
  it.each<readonly [what: string, simulatedEvents: readonly SimulatedEvent[], expected: readonly string[]]>([
    ['lifts what is older', [at(0, UNSUBSCRIBED), ahead(1, SUBSCRIBED)], []],
    ['lifts nothing newer', [ahead(0, SUBSCRIBED), at(1, UNSUBSCRIBED)], ['unsubscribe 1']],
    ['suppresses since its receipt', [ahead(3, UNSUBSCRIBED)], ['unsubscribe 3']],
    ['is lifted by what is newer', [ahead(0, UNSUBSCRIBED), at(1, SUBSCRIBED)], []],
    ['is lifted by another', [ahead(0, UNSUBSCRIBED), ahead(1, SUBSCRIBED)], []],
    [
      'is no bar to later bounces and complaints',
      [ahead(0, SUBSCRIBED), at(1, HARD), at(2, COMPLAINT)],
      ['hard_bounce 1', 'spam_report 2'],
    ],
    ['is a soft bounce of its receipt', [0, 1, 2, 3, 4].map((n) => ahead(n, SOFT)), ['soft_bounces 4']],
    [
      'is a delivery of its receipt, which breaks no later run',
      [ahead(0, DELIVERED), ...[1, 2, 3, 4, 5].map((n) => at(n, SOFT))],
      ['soft_bounces 5'],
    ],
    [
      'is a delivery of its receipt, which breaks the run that it falls into',
      [...[0, 1, 2, 3].map((n) => at(n, SOFT)), ahead(4, DELIVERED), at(5, SOFT)],
      [],
    ],
    [
      'dated an hour ahead, as by a wrong zone, is no better',
      [at(0, { ...SUBSCRIBED, atMs: NOON_MS + HOUR_MS }), at(1, UNSUBSCRIBED)],
      ['unsubscribe 1'],
    ],
  ])('%s', async (_what, simulatedEvents, expected) => {
    await consumeEach(simulatedEvents)
    expect(await inForce()).toEqual(expected)
  })

  it.each<readonly [what: string, simulated: SimulatedEvent, expected: readonly string[]]>([
    ['a complaint', COMPLAINT, ['spam_report 2']],
    ['a hard bounce', HARD, ['hard_bounce 2']],
    ['an unsubscribe', UNSUBSCRIBED, ['unsubscribe 2']],
  ])('that was lifted by hand, %s, hides no later one', async (_what, simulated, expected) => {
    for (const atMs of [YEAR_9999_MS, NOON_MS + 5 * MINUTE_MS]) {
      store = await storeBefore04()
      await consumeEach([at(0, { ...simulated, atMs })])
      expect(await removeSuppression(store, ADA, NOON_MS + MINUTE_MS)).toBe(true)
      expect(await inForce()).toEqual([])
      await consumeEach([at(2, simulated)], 1)
      expect(await inForce()).toEqual(expected)
    }
  })

  it('that was lifted by hand stays lifted when another is lifted', async () => {
    await consumeEach([at(0, { ...UNSUBSCRIBED, atMs: NOON_MS + 5 * MINUTE_MS })])
    await removeSuppression(store, ADA, NOON_MS + MINUTE_MS)
    await consumeEach([at(2, UNSUBSCRIBED), at(3, SUBSCRIBED)], 1)
    expect(await inForce()).toEqual([])
  })

  it('does not settle the state of its message', async () => {
    await consumeEach([ahead(0, COMPLAINT), at(1, { type: 'email.opened' })])
    expect(await messageStates(store, { source: 'shop', message_id: 'm-1' })).toMatchObject([
      { state: 'email.opened', occurred_at: toInstant(NOON_MS + MINUTE_MS) },
    ])
    await consumeEach([ahead(2, COMPLAINT)], 7)
    expect(await messageStates(store, { source: 'shop', message_id: 'm-1' })).toMatchObject([
      { state: 'email.spam_reported', occurred_at: toInstant(YEAR_9999_MS) },
    ])
  })

  it('counts in the hour of its receipt', async () => {
    await consumeEach([ahead(0, COMPLAINT), at(0, { ...DELIVERED, atMs: 0 })])
    const hour = Math.floor(NOON_MS / HOUR_MS)
    expect(await allCounts(store)).toEqual([
      { source: 'shop', hour, type: 'email.delivered', count: 1 },
      { source: 'shop', hour, type: 'email.spam_reported', count: 1 },
    ])
  })

  it('is listed at its time of receipt, with the time that it reports', async () => {
    await consumeEach([at(0, DELIVERED), ahead(1, COMPLAINT), at(2, { type: 'email.opened' })])
    const { events } = await listEvents(store, { limit: 9 }, NOON_MS + 3 * MINUTE_MS)
    expect(events.map(({ type, occurred_at }) => [type, occurred_at])).toEqual([
      ['email.opened', toInstant(NOON_MS + 2 * MINUTE_MS)],
      ['email.spam_reported', toInstant(YEAR_9999_MS)],
      ['email.delivered', toInstant(NOON_MS)],
    ])
  })

  it('is the same event when it is sent again, even after its time has come', async () => {
    const tomorrow = { ...UNSUBSCRIBED, atMs: NOON_MS + DAY_MS, nr: 1 }
    for (const minute of [0, 1, 24 * 60, 48 * 60]) {
      await consumeEvents(consumerDeps(store), [await mailEvent(at(minute, tomorrow))])
    }
    const { events } = await listEvents(store, { limit: 9 }, NOON_MS + 3 * DAY_MS)
    expect(events.map(({ received_at }) => received_at)).toEqual([toInstant(NOON_MS)])
    expect(await inForce()).toEqual(['unsubscribe 0'])
  })
})

describe('an unsubscribe or complaint', () => {
  const SECOND_MS = 1_000
  const EVERY_MS = 20 * SECOND_MS

  const step = fc.record({
    what: fc.constantFrom('subscribed', 'unsubscribed', 'spam_reported', 'lifted by hand'),
    // An honest clock and a short way, or a time that is still to come.
    offsetMs: fc.oneof(
      fc.integer({ min: -10 * SECOND_MS, max: 0 }),
      fc.constantFrom(5 * MINUTE_MS + 1, HOUR_MS, 400 * DAY_MS, YEAR_9999_MS),
    ),
  })

  const eventsOf = (steps: readonly { what: string; offsetMs: number }[]) =>
    Promise.all(
      steps.map(async ({ what, offsetMs }, nr) => {
        const receivedMs = NOON_MS + nr * EVERY_MS
        if (what === 'lifted by hand') return receivedMs
        return mailEvent({
          type: `email.${what}` as 'email.subscribed',
          atMs: Math.min(receivedMs + offsetMs, YEAR_9999_MS),
          received_at: toInstant(receivedMs),
          nr,
        })
      }),
    )

  const reasons = async () =>
    ((await findSuppression(store, ADA, 0))?.reasons ?? []).map(({ reason }) => reason).sort()

  it('is never ignored for an earlier event that is dated in the future', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        store = await storeBefore04()
        const open = new Set<string>()
        for (const one of await eventsOf(steps)) {
          if (typeof one === 'number') {
            await removeSuppression(store, ADA, one)
            open.clear()
          } else {
            await consumeEvents(consumerDeps(store), [one])
            if (one.type === 'email.subscribed') open.delete('unsubscribe')
            else open.add(one.type === 'email.unsubscribed' ? 'unsubscribe' : 'spam_report')
          }
          expect(await reasons()).toEqual([...open].sort())
        }
      }),
      { numRuns: thorough(60, 15) },
    )
  })

  it('counts the same in whatever order they are consumed', { timeout: 120_000 }, async () => {
    const scenario = fc.array(step, { minLength: 2, maxLength: 10 }).chain((steps) => {
      const reported = steps.filter(({ what }) => what !== 'lifted by hand')
      const order = reported.map((_, nr) => nr)
      return fc.tuple(fc.constant(reported), fc.shuffledSubarray(order, { minLength: order.length }))
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ([steps, order]) => {
        store = await storeBefore04()
        const events = (await eventsOf(steps)).flatMap((one) => (typeof one === 'number' ? [] : [one]))
        for (const nr of order) await consumeEvents(consumerDeps(store), events.slice(nr, nr + 1))
        const last = events.findLast(({ type }) => type !== 'email.spam_reported')
        const complained = events.some(({ type }) => type === 'email.spam_reported')
        expect(await reasons()).toEqual([
          ...(complained ? ['spam_report'] : []),
          ...(last?.type === 'email.unsubscribed' ? ['unsubscribe'] : []),
        ])
      }),
      { numRuns: thorough(40, 10) },
    )
  })
})
