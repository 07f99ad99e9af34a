import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import { storedReason } from '../../src/store/suppression-reasons.ts'
import { findSuppression, removeSuppression } from '../../src/store/suppressions.ts'
import type { Store } from '../../src/store/store.ts'
import { consumerDeps } from '../support/consumer.ts'
import {
  expectedCounts,
  expectedReasons,
  expectedStates,
  liftingOf,
  timeOf,
} from '../support/effects-model.ts'
import { type FaultPlan, failing, failingMessage, reaches } from '../support/failing.ts'
import {
  AFTER_ALL_MS,
  DAY_MS,
  HOUR_MS,
  type SimulatedEvent,
  NOON_MS,
  contentsOf,
  mailEvent,
} from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { allCounts, storeBefore04 } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

const PEOPLE = ['ada@example.com', 'bob@example.com']
/** The second begins like the first. */
const SCOPES = ['list:a', 'list:a:b']
const STEPS = 6
const STEP_MS = 12 * DAY_MS

/** Few people, messages and times, so that events coincide. Soft bounces and deliveries are frequent, so that runs occur. */
const simulated: fc.Arbitrary<SimulatedEvent> = fc
  .record({
    kind: fc.constantFrom<Pick<SimulatedEvent, 'type' | 'bounce_type'>>(
      { type: 'email.bounced', bounce_type: 'soft' },
      { type: 'email.bounced', bounce_type: 'soft' },
      { type: 'email.bounced', bounce_type: 'soft' },
      { type: 'email.bounced', bounce_type: 'hard' },
      { type: 'email.delivered' },
      { type: 'email.opened' },
      { type: 'email.spam_reported' },
      { type: 'email.unsubscribed' },
      { type: 'email.unsubscribed' },
      { type: 'email.unsubscribed' },
      { type: 'email.subscribed' },
      { type: 'email.subscribed' },
      { type: 'email.unknown' },
    ),
    recipient: fc.constantFrom(...PEOPLE, null),
    message_id: fc.constantFrom('m-1', 'm-2', null),
    source: fc.constantFrom('shop', 'news'),
    // Also of bounces, which it does not narrow.
    scope: fc.constantFrom(null, ...SCOPES),
    // Whole days: equal times are common. Some ESPs give none.
    atMs: fc.option(
      fc.nat({ max: (STEPS * STEP_MS) / DAY_MS }).map((days) => NOON_MS + days * DAY_MS),
      { nil: undefined, freq: 12 },
    ),
  })
  .map(({ kind, ...rest }) => ({ ...kind, ...rest }))

const fault: fc.Arbitrary<FaultPlan | undefined> = fc.option(
  fc.record({
    at: fc.integer({ min: 1, max: 6 }),
    when: fc.constantFrom('before', 'after'),
    lasts: fc.constantFrom('once', 'for good'),
  }),
  { nil: undefined },
)

const step = fc.record({
  /** Messages by the numbers of their events. */
  messages: fc.array(fc.array(fc.nat(), { maxLength: 6 }), { maxLength: 4 }),
  fault,
  twiceAtOnce: fc.boolean(),
  lifted: fc.option(
    fc.record({ person: fc.constantFrom(...PEOPLE), scope: fc.constantFrom(null, null, ...SCOPES) }),
    { nil: undefined, freq: 3 },
  ),
})

/** Delivers messages until all are acknowledged. The first delivery has the fault. */
async function deliver(
  store: Store,
  batches: readonly (readonly MailEvent[])[],
  plan?: FaultPlan,
  twiceAtOnce = false,
): Promise<void> {
  const bodies = await Promise.all(
    batches.flatMap((events, i) =>
      // A message has events of one source.
      Object.entries(Object.groupBy(events, ({ source }) => source)).map(([source, some = []]) =>
        inlineEnvelope(contentsOf(some, [], { source }), `req_${i}/${source}`),
      ),
    ),
  )
  let open = bodies.map((body) => new TestMessage(body))
  for (let tries = 0; open.length > 0; tries++) {
    expect(tries).toBeLessThan(3)
    const seen = reaches(tries === 0 ? plan : undefined)
    const run = () =>
      consume(
        batchOf(open.map((message) => failingMessage(message, seen))),
        failing(consumerDeps(store), seen),
        // If a message could not be put back, the batch throws, and the platform delivers it again.
      ).catch(() => undefined)
    await (twiceAtOnce ? Promise.all([run(), run()]) : run())
    open = open.filter(({ settled }) => settled !== 'acked').map(({ body }) => new TestMessage(body))
  }
}

describe('any schedule of duplicates, orders and faults', () => {
  it(
    'stores each event once, with exact counters, states and suppressions',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(simulated, { minLength: 1, maxLength: 24 }),
          fc.array(step, { minLength: STEPS, maxLength: STEPS }),
          async (simulatedEvents, steps) => {
            const store = await storeBefore04()
            const pool = await Promise.all(simulatedEvents.map((one, nr) => mailEvent({ ...one, nr })))
            const stored = new Map<string, MailEvent>()
            const liftings = new Map<string, number>()
            for (const [i, { messages, fault, twiceAtOnce, lifted }] of steps.entries()) {
              // A step's clock: nothing is reported before it happens, much is reported late, and again.
              const nowMs = NOON_MS + (i + 1) * STEP_MS + HOUR_MS
              const happened = pool.filter((event) => timeOf(event) <= nowMs)
              if (happened.length > 0) {
                const batches = messages.map((numbers) =>
                  numbers.flatMap((n) => happened[n % happened.length] ?? []),
                )
                await deliver(store, batches, fault, twiceAtOnce)
                for (const event of batches.flat()) stored.set(event.id, event)
              }
              if (lifted === undefined) continue
              const { person, scope } = lifted
              const ending = scope === null ? /^[^:]* / : new RegExp(`^unsubscribe:${scope} `)
              const isSuppressed = expectedReasons([...stored.values()], person, liftings).some((one) =>
                ending.test(one),
              )
              expect(await removeSuppression(store, person, nowMs, null, scope)).toBe(isSuppressed)
              if (isSuppressed) liftings.set(liftingOf(person, scope), nowMs)
            }
            await deliver(store, [pool])
            await check(store, pool, liftings)
          },
        ),
        { numRuns: thorough(50, 12) },
      )
    },
  )
})

async function check(store: Store, pool: readonly MailEvent[], liftings: ReadonlyMap<string, number>) {
  const { events } = await listEvents(store, { limit: 500 }, AFTER_ALL_MS)
  expect(events.map(({ id }) => id).sort()).toEqual(pool.map(({ id }) => id).sort())

  const counted = (await allCounts(store)).map(
    ({ source, hour, type, count }) => [`${source} ${hour} ${type}`, count] as const,
  )
  expect(Object.fromEntries(counted)).toEqual(expectedCounts(pool))

  const states = await Promise.all(
    ['m-1', 'm-2'].flatMap((message_id) =>
      ['shop', 'news'].map((source) => messageStates(store, { source, message_id })),
    ),
  )
  const newest = states.flat().map(({ event_id }) => event_id)
  expect(newest.sort()).toEqual(Object.values(expectedStates(pool)).sort())

  for (const person of PEOPLE) {
    const { reasons, scopes } = (await findSuppression(store, person, 0)) ?? { reasons: [], scopes: [] }
    const found = [...reasons, ...scopes].map(
      ({ reason, scope, since, event_id }) =>
        `${storedReason(reason, scope)} ${Date.parse(since)} ${event_id}`,
    )
    expect(found.sort()).toEqual(expectedReasons(pool, person, liftings))
  }
}
