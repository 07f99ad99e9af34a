import { beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { blankEvents, removeSegments } from '../../../src/store/removal.ts'
import { storedReason } from '../../../src/store/suppression-reasons.ts'
import { addSuppression, findSuppression, removeSuppression } from '../../../src/store/suppressions.ts'
import type { Store } from '../../../src/store/store.ts'
import { timePrefix } from '../../../src/event/identity.ts'
import { storeBatches } from '../../support/segments.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { countedD1 } from '../../support/counted-d1.ts'
import { DAY_MS, type SimulatedEvent, NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { storeBefore04 } from '../../support/store.ts'

const ADA = 'ada@example.com'
/** Of a run of soft bounces, as it was before 0.4. */
const SPAN_DAYS = 30

let store: Store

beforeEach(async () => {
  store = await storeBefore04()
})

const day = (n: number) => NOON_MS + n * DAY_MS
const hard = (n: number): SimulatedEvent => ({ type: 'email.bounced', bounce_type: 'hard', atMs: day(n) })
const soft = (n: number): SimulatedEvent => ({ type: 'email.bounced', bounce_type: 'soft', atMs: day(n) })
const of =
  (type: MailEvent['type']) =>
  (n: number): SimulatedEvent => ({ type, atMs: day(n) })
const delivered = of('email.delivered')
const spam = of('email.spam_reported')
const unsubscribed = of('email.unsubscribed')
const subscribed = of('email.subscribed')

/** `reason day` of each active suppression: those for all mail, then those for a scope, which stands behind the reason. */
const inForce = async (address = ADA) => {
  const { reasons, scopes } = (await findSuppression(store, address, 0)) ?? { reasons: [], scopes: [] }
  return [...reasons, ...scopes].map(
    ({ reason, scope, since }) => `${storedReason(reason, scope)} ${(Date.parse(since) - NOON_MS) / DAY_MS}`,
  )
}

const RULES: readonly (readonly [
  what: string,
  simulatedEvents: readonly SimulatedEvent[],
  expected: readonly string[],
])[] = [
  ['nothing', [], []],
  ['a delivery, an open', [delivered(0), of('email.opened')(1)], []],
  ['a hard bounce', [hard(3)], ['hard_bounce 3']],
  ['two hard bounces: since the first', [hard(3), hard(9)], ['hard_bounce 3']],
  ['a hard bounce and a delivery after it', [hard(3), delivered(9)], ['hard_bounce 3']],
  [
    'bounces that are blocked or undetermined',
    [
      { ...hard(1), bounce_type: 'blocked' },
      { ...hard(2), bounce_type: 'undetermined' },
    ],
    [],
  ],
  [
    "bounces for the sender's cause",
    [
      { ...hard(1), cause: 'authentication' },
      { ...hard(2), cause: 'reputation' },
      ...[3, 4, 5, 6, 7].map((n) => ({ ...soft(n), cause: 'rate_limited' as const })),
    ],
    [],
  ],
  [
    'one of them for the address',
    [
      { ...hard(1), cause: 'policy' },
      { ...hard(2), cause: 'no_mailbox' },
    ],
    ['hard_bounce 2'],
  ],
  ['a rejection by the ESP', [{ type: 'email.rejected', reject_reason: 'bounced', atMs: day(1) }], []],
  ['a spam report', [spam(2)], ['spam_report 2']],
  ['an unsubscribe', [unsubscribed(2)], ['unsubscribe 2']],
  ['all three', [unsubscribed(2), spam(1), hard(0)], ['hard_bounce 0', 'spam_report 1', 'unsubscribe 2']],
  ['a subscribe after an unsubscribe', [unsubscribed(2), subscribed(3)], []],
  ['a subscribe before an unsubscribe', [subscribed(1), unsubscribed(2)], ['unsubscribe 2']],
  ['a subscribe at the same time: not newer', [subscribed(2), unsubscribed(2)], ['unsubscribe 2']],
  [
    'a subscribe between two unsubscribes',
    [unsubscribed(1), subscribed(2), unsubscribed(4), unsubscribed(7)],
    ['unsubscribe 4'],
  ],
  [
    'a subscribe between them that is reported last',
    [unsubscribed(1), unsubscribed(4), unsubscribed(7), subscribed(2)],
    ['unsubscribe 4'],
  ],
  [
    'a subscribe between two that came in the wrong order',
    [unsubscribed(9), unsubscribed(4), subscribed(6)],
    ['unsubscribe 9'],
  ],
  ['an older subscribe that is reported last', [subscribed(3), subscribed(1), unsubscribed(2)], []],
  ['a subscribe lifts nothing else', [hard(0), spam(1), subscribed(2)], ['hard_bounce 0', 'spam_report 1']],
  ['four soft bounces', [0, 1, 2, 3].map(soft), []],
  ['five soft bounces', [0, 1, 2, 3, 4].map(soft), ['soft_bounces 4']],
  ['seven soft bounces: since the fifth', [0, 1, 2, 3, 4, 5, 6].map(soft), ['soft_bounces 4']],
  ['five in exactly the span', [0, 1, 2, 3, SPAN_DAYS].map(soft), ['soft_bounces 30']],
  ['five in a day more than the span', [0, 1, 2, 3, SPAN_DAYS + 1].map(soft), []],
  ['five spread, then a sixth near the last four', [0, 20, 21, 22, 31, 32].map(soft), ['soft_bounces 32']],
  ['a delivery in between', [...[0, 1, 2, 3].map(soft), delivered(3.5), soft(4)], []],
  [
    'a delivery before the first and after the last',
    [delivered(-1), ...[0, 1, 2, 3, 4].map(soft), delivered(5)],
    ['soft_bounces 4'],
  ],
  ['a delivery at the time of the third', [...[0, 1, 2, 3, 4].map(soft), delivered(2)], []],
  [
    'a delivery, then five',
    [...[0, 1, 2, 3].map(soft), delivered(3.5), ...[4, 5, 6, 7, 8].map(soft)],
    ['soft_bounces 8'],
  ],
]

const news = (simulated: SimulatedEvent): SimulatedEvent => ({ ...simulated, source: 'news' })

/** The source is `shop` unless it is given. */
const ACROSS_SOURCES: typeof RULES = [
  [
    'an unsubscribe, and a subscribe of another source',
    [unsubscribed(2), news(subscribed(3))],
    ['unsubscribe 2'],
  ],
  ['an unsubscribe, and a subscribe of its own', [news(unsubscribed(2)), news(subscribed(3))], []],
  [
    'a subscribe of another source between two unsubscribes',
    [unsubscribed(1), news(subscribed(2)), unsubscribed(4)],
    ['unsubscribe 1'],
  ],
  [
    'unsubscribes of two, of which the first lifts its own',
    [unsubscribed(1), news(unsubscribed(2)), subscribed(5)],
    ['unsubscribe 2'],
  ],
  [
    'unsubscribes of two, of which the later lifts its own',
    [unsubscribed(1), news(unsubscribed(2)), news(subscribed(5))],
    ['unsubscribe 1'],
  ],
  [
    'unsubscribes of two, and a subscribe of each',
    [unsubscribed(1), news(unsubscribed(2)), subscribed(3), news(subscribed(4))],
    [],
  ],
  [
    'unsubscribes of two, a subscribe of each, and then one again',
    [unsubscribed(1), news(unsubscribed(2)), subscribed(3), news(subscribed(4)), unsubscribed(6)],
    ['unsubscribe 6'],
  ],
  [
    'a subscribe of another source lifts nothing else either',
    [hard(0), spam(1), unsubscribed(2), news(subscribed(3))],
    ['hard_bounce 0', 'spam_report 1', 'unsubscribe 2'],
  ],
  [
    'a delivery that another source reports for within a run',
    [...[0, 1, 2, 3, 4].map(soft), news(delivered(3.5))],
    ['soft_bounces 4'],
  ],
  [
    'soft bounces and deliveries of another source within a run',
    [...[0, 1, 2, 3, 4].map(soft), ...[0.5, 1.5, 2.5].map((n) => news(soft(n))), news(delivered(3.5))],
    ['soft_bounces 4'],
  ],
  ['five soft bounces, of two sources', [...[0, 1, 2].map(soft), ...[3, 4].map((n) => news(soft(n)))], []],
  [
    'five soft bounces of each: since the first run is whole',
    [...[0, 1, 2, 3, 5].map(soft), ...[0, 1, 2, 3, 4].map((n) => news(soft(n)))],
    ['soft_bounces 4'],
  ],
  [
    'five soft bounces of each, of which the first run is broken',
    [...[0, 1, 2, 3, 5].map(soft), ...[0, 1, 2, 3, 4].map((n) => news(soft(n))), news(delivered(3.5))],
    ['soft_bounces 5'],
  ],
]

const list = (simulated: SimulatedEvent): SimulatedEvent => ({ ...simulated, scope: 'list:a' })
const other = (simulated: SimulatedEvent): SimulatedEvent => ({ ...simulated, scope: 'list:b' })

const SCOPED: typeof RULES = [
  ['an unsubscribe from a list', [list(unsubscribed(2))], ['unsubscribe:list:a 2']],
  [
    'unsubscribes from a list, another list, and all mail',
    [list(unsubscribed(1)), other(unsubscribed(2)), unsubscribed(3)],
    ['unsubscribe 3', 'unsubscribe:list:a 1', 'unsubscribe:list:b 2'],
  ],
  ['a subscribe to the list', [list(unsubscribed(2)), list(subscribed(3))], []],
  [
    'a subscribe to the list at the same time: not newer',
    [list(unsubscribed(2)), list(subscribed(2))],
    ['unsubscribe:list:a 2'],
  ],
  ['a subscribe to another list', [list(unsubscribed(2)), other(subscribed(3))], ['unsubscribe:list:a 2']],
  [
    'a subscribe to the list between two unsubscribes from it',
    [list(unsubscribed(1)), list(subscribed(2)), list(unsubscribed(4))],
    ['unsubscribe:list:a 4'],
  ],
  [
    'a subscribe to a list after an unsubscribe from all mail',
    [unsubscribed(1), list(unsubscribed(2)), list(subscribed(5))],
    ['unsubscribe 1'],
  ],
  [
    'a subscribe to all mail after an unsubscribe from a list',
    [unsubscribed(1), list(unsubscribed(2)), subscribed(5)],
    ['unsubscribe:list:a 2'],
  ],
  [
    'a subscribe to the list at another source',
    [list(unsubscribed(1)), news(list(unsubscribed(2))), news(list(subscribed(5)))],
    ['unsubscribe:list:a 1'],
  ],
  [
    'a subscribe to a list lifts nothing else',
    [hard(0), spam(1), unsubscribed(2), other(unsubscribed(2)), list(subscribed(3))],
    ['hard_bounce 0', 'spam_report 1', 'unsubscribe 2', 'unsubscribe:list:b 2'],
  ],
  [
    'bounces and a complaint that name a scope',
    [list(hard(0)), list(spam(1)), ...[0, 1, 2, 3, 4].map((n) => list(soft(n)))],
    ['hard_bounce 0', 'spam_report 1', 'soft_bounces 4'],
  ],
  [
    'an empty scope, which is all mail',
    [{ ...unsubscribed(2), scope: '' }, subscribed(1)],
    ['unsubscribe 2'],
  ],
]

describe('what suppresses a person, and since when', () => {
  it.each([...RULES, ...ACROSS_SOURCES, ...SCOPED])(
    '%s: in whatever order it comes, together or one by one',
    async (_what, simulatedEvents, expected) => {
      const events = await Promise.all(simulatedEvents.map((one, nr) => mailEvent({ ...one, nr })))
      const orders = [events, events.toReversed(), shuffled(events)]
      const different = new Map(orders.map((order) => [order.map(({ id }) => id).join(), order]))
      for (const order of different.values()) {
        store = await storeBefore04()
        const deps = consumerDeps(store)
        for (const event of order) await consumeEvents(deps, [event])
        expect(await inForce()).toEqual(expected)
        store = await storeBefore04()
        // A message has events of one source.
        for (const some of Map.groupBy(order, ({ source }) => source).values()) {
          await consumeEvents(consumerDeps(store), some)
        }
        expect(await inForce()).toEqual(expected)
      }
    },
  )

  it('counts events of ESPs that give no time by their receipt', async () => {
    const untimed = (n: number, simulated: SimulatedEvent): SimulatedEvent => ({
      ...simulated,
      atMs: undefined,
      received_at: new Date(day(n)).toISOString(),
    })
    const simulatedEvents = [
      ...[0, 1, 2, 3, 4].map((n) => untimed(n, soft(n))),
      untimed(1, unsubscribed(1)),
      untimed(2, subscribed(2)),
      untimed(3, unsubscribed(3)),
    ]
    const events = await Promise.all(simulatedEvents.map((one, nr) => mailEvent({ ...one, nr })))
    for (const event of events.toReversed()) await consumeEvents(consumerDeps(store), [event])
    expect(await inForce()).toEqual(['unsubscribe 3', 'soft_bounces 4'])
  })

  it('is shared by all sources and all spellings', async () => {
    const events = await Promise.all([
      mailEvent({ ...hard(0), recipient: 'Ada@Example.COM', source: 'shop' }),
      mailEvent({ ...spam(1), recipient: ' ada@example.com', source: 'news' }),
    ])
    for (const event of events) await consumeEvents(consumerDeps(store), [event])
    expect(await inForce('ADA@example.com')).toEqual(['hard_bounce 0', 'spam_report 1'])
  })

  it('stores the evidence: the words of the ESP, or its name for the event', async () => {
    const events = await Promise.all([
      mailEvent({ ...hard(0), reason: '550 5.1.1 no such user', native_type: 'bounce' }),
      mailEvent({ ...spam(1), native_type: 'spamreport' }),
    ])
    await consumeEvents(consumerDeps(store), events)
    expect((await findSuppression(store, ADA, 0))?.reasons).toEqual([
      {
        reason: 'hard_bounce',
        scope: null,
        since: events[0]?.occurred_at,
        source: 'shop',
        evidence: '550 5.1.1 no such user',
        event_id: events[0]?.id,
        note: null,
        rule: 4,
        expires_at: null,
        provisional: false,
      },
      {
        reason: 'spam_report',
        scope: null,
        since: events[1]?.occurred_at,
        source: 'shop',
        evidence: 'spamreport',
        event_id: events[1]?.id,
        note: null,
        rule: null,
        expires_at: null,
        provisional: false,
      },
    ])
  })
})

describe('a run of soft bounces', () => {
  /** As many segments of other people's events as make the earlier ones part of an indexed block. */
  const muchElse = () =>
    storeBatches(
      Array.from({ length: 512 }, (_, nr) => [
        {
          id: timePrefix(day(2) + nr) + 'f'.repeat(32),
          atMs: day(2) + nr,
          subjectFingerprints: ['00000000'],
          filterFingerprints: [],
          values: [],
        },
      ]),
    )

  it.each([
    ['completes over a long time', [], ['soft_bounces 8']],
    ['is broken by a delivery of long ago', [delivered(1.5)], []],
    ['is not broken by one before it', [delivered(-1)], ['soft_bounces 8']],
  ] as const)('%s, with much else in between', async (_what, deliveries, expected) => {
    const early = [soft(0), soft(1), ...deliveries]
    const events = await Promise.all(
      [...early, soft(6), soft(7), soft(8)].map((one, nr) => mailEvent({ ...one, nr })),
    )
    await consumeEvents(consumerDeps(store), events.slice(0, early.length))
    await muchElse()
    await consumeEvents(consumerDeps(store), events.slice(early.length))
    expect(await inForce()).toEqual(expected)
  })

  const REMOVAL = { upTo: Number.MAX_SAFE_INTEGER, keep: [], segments: 100 }

  it.each([
    ['removed', () => removeSegments(store, REMOVAL, day(5))],
    ['blanked', () => blankEvents(store, { ...REMOVAL, types: ['email.delivered'] }, day(5))],
  ] as const)('stays broken by a delivery that was %s since', async (_, forget) => {
    const early = [...[0, 1, 2, 3].map(soft), delivered(3.5), of('email.opened')(3.6)]
    for (const [nr, one] of early.entries())
      await consumeEvents(consumerDeps(store), [await mailEvent({ ...one, nr })])
    expect((await forget()).events).toBeGreaterThan(0)
    await consumeEvents(consumerDeps(store), [await mailEvent({ ...soft(4), nr: early.length })])
    expect(await inForce()).toEqual([])
  })

  it('is searched for only if enough bounces are close together, and only among deliveries between them', async () => {
    const often = (count: number, fromDay: number) =>
      Promise.all(
        Array.from({ length: count }, (_, nr) =>
          mailEvent({ ...delivered(fromDay + nr / count), nr: 1000 + nr }),
        ),
      )
    for (const one of await often(40, 0)) await consumeEvents(consumerDeps(store), [one])
    const counted = countedD1(store.db)
    const reads: number[] = []
    for (const [nr, at] of [1, 1.1, 1.2, 1.3, 1.4].entries()) {
      counted.rows.read = 0
      const event = await mailEvent({ ...soft(at), nr })
      await consumeEvents(consumerDeps({ ...store, db: counted.db }), [event])
      reads.push(counted.rows.read)
    }
    expect(await inForce()).toEqual(['soft_bounces 1.4'])
    const [first = 0, , , fourth = 0, fifth = 0] = reads
    expect(fourth).toBeLessThan(first + 50)
    // The search reads the segments of the block that is not full yet.
    expect(fifth).toBeGreaterThan(fourth)
    expect(fifth).toBeLessThan(fourth + 500)
  })
})

describe('lifting by hand', () => {
  it('covers older evidence that arrives later, also for a reason without evidence so far', async () => {
    await consumeEvents(consumerDeps(store), [await mailEvent(hard(0))])
    expect(await removeSuppression(store, ADA, day(10))).toBe(true)
    expect(await inForce()).toEqual([])
    const late = [hard(1), spam(2), unsubscribed(3), ...[4, 5, 6, 7, 9].map(soft)]
    for (const [nr, one] of late.entries())
      await consumeEvents(consumerDeps(store), [await mailEvent({ ...one, nr: nr + 1 })])
    expect(await inForce()).toEqual([])
    expect(await removeSuppression(store, ADA, day(11))).toBe(false)
  })

  it.each([hard, spam, unsubscribed])(
    'never gets an earlier time from a clock that is behind: %#',
    async (evidence) => {
      await consumeEvents(consumerDeps(store), [await mailEvent(evidence(0))])
      expect(await removeSuppression(store, ADA, day(10))).toBe(true)
      await consumeEvents(consumerDeps(store), [await mailEvent({ ...evidence(12), nr: 1 })])
      expect(await removeSuppression(store, ADA, day(5))).toBe(true)
      await consumeEvents(consumerDeps(store), [await mailEvent({ ...evidence(7), nr: 2 })])
      expect(await inForce()).toEqual([])
    },
  )

  it('lifts the reports of all sources, and no subscribe restores them', async () => {
    await consumeEvents(consumerDeps(store), [await mailEvent(unsubscribed(0))])
    await consumeEvents(consumerDeps(store), [await mailEvent(news(unsubscribed(1)))])
    expect(await removeSuppression(store, ADA, day(2))).toBe(true)
    await consumeEvents(consumerDeps(store), [await mailEvent(news({ ...unsubscribed(3), nr: 1 }))])
    await consumeEvents(consumerDeps(store), [await mailEvent(news(subscribed(4)))])
    expect(await inForce()).toEqual([])
  })

  it('lifts what holds for all mail, and leaves a scope; or one scope, and nothing else', async () => {
    const events = [hard(0), unsubscribed(0), list(unsubscribed(1)), other(unsubscribed(1))]
    for (const [nr, one] of events.entries())
      await consumeEvents(consumerDeps(store), [await mailEvent({ ...one, nr })])
    await addSuppression(store, ADA, null, day(1), 'list:a')
    expect(await removeSuppression(store, ADA, day(2), null, 'list:a')).toBe(true)
    expect(await inForce()).toEqual(['hard_bounce 0', 'unsubscribe 0', 'unsubscribe:list:b 1'])
    expect(await removeSuppression(store, ADA, day(3))).toBe(true)
    expect(await removeSuppression(store, ADA, day(3))).toBe(false)
    expect(await removeSuppression(store, ADA, day(3), null, 'list:a')).toBe(false)
    // Of before each lifting, and reported late.
    const late = [hard(1), unsubscribed(2), list(unsubscribed(1.5)), other(unsubscribed(0.5))]
    for (const [nr, one] of late.entries())
      await consumeEvents(consumerDeps(store), [await mailEvent({ ...one, nr: nr + 10 })])
    expect(await inForce()).toEqual(['unsubscribe:list:b 0.5'])
    await consumeEvents(consumerDeps(store), [await mailEvent({ ...list(unsubscribed(2.5)), nr: 20 })])
    expect(await inForce()).toEqual(['unsubscribe:list:b 0.5', 'unsubscribe:list:a 2.5'])
  })

  it('ends with newer evidence, from which the reason counts again', async () => {
    await consumeEvents(consumerDeps(store), [await mailEvent(hard(0))])
    await removeSuppression(store, ADA, day(10))
    const later = await Promise.all(
      [hard(12), soft(8), ...[11, 12, 13, 14].map(soft)].map((one, nr) => mailEvent({ ...one, nr: nr + 1 })),
    )
    await consumeEvents(consumerDeps(store), later)
    expect(await inForce()).toEqual(['hard_bounce 12'])
    await consumeEvents(consumerDeps(store), [await mailEvent({ ...soft(15), nr: 99 })])
    expect(await inForce()).toEqual(['hard_bounce 12', 'soft_bounces 15'])
  })

  it('lifts what an ESP with a fast clock dated a minute ahead', async () => {
    await consumeEvents(consumerDeps(store), [await mailEvent({ ...hard(0), atMs: day(1) + 60_000 })])
    expect(await removeSuppression(store, ADA, day(1))).toBe(true)
    expect(await inForce()).toEqual([])
    await addSuppression(store, ADA, 'asked for by phone', day(1))
    expect(await inForce()).toEqual(['manual 1'])
  })
})

/** The same order in every run, unlike the other two. */
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item, i) => ({ item, at: (i * 7919 + 3) % 11 }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
