/** The consumer keeps the list by the policy: in whatever order and batches events come, as `judge` decides from all of them at once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { DAY_MS } from '../../src/platform/time.ts'
import { DEFAULT_POLICY } from '../../src/store/policy/document.ts'
import { type Bounce, judge } from '../../src/store/policy/judge.ts'
import type { Store } from '../../src/store/store.ts'
import {
  activeReasons,
  findSuppression,
  forgetExpired,
  listSuppressions,
} from '../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { HOUR_MS, NOON_MS, type SimulatedEvent, mailEvent } from '../support/mail-events.ts'
import { emptyStore, rowsOf } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

const ADA = 'ada@example.com'

const bounced = (day: number, change: Partial<SimulatedEvent> = {}): Promise<MailEvent> =>
  mailEvent({ type: 'email.bounced', bounce_type: 'hard', atMs: NOON_MS + day * DAY_MS, nr: day, ...change })

async function storeOf(batches: readonly (readonly MailEvent[])[]): Promise<Store> {
  const store = await emptyStore()
  for (const batch of batches)
    for (const events of Map.groupBy(batch, ({ source }) => source).values())
      await consumeEvents(consumerDeps(store), events)
  return store
}

const LISTED = `SELECT reason, since, as_of AS asOf, rule, expires_at AS expires, event_id AS event FROM suppressions
  WHERE active AND reason IN ('hard_bounce', 'soft_bounces') ORDER BY reason`

/** By the pure function, from everything. */
function expected(events: readonly MailEvent[]): unknown {
  const msOf = ({ occurred_at }: MailEvent): number => Date.parse(occurred_at ?? '')
  const bounces = events.flatMap((event): readonly Bounce[] =>
    event.type === 'email.bounced'
      ? [
          {
            id: event.id,
            atMs: msOf(event),
            source: event.source,
            reason: event.bounce_type === 'hard' ? 'hard_bounce' : 'soft_bounces',
            cause: event.cause ?? null,
            message: event.message_id,
            isOfWave: false,
          },
        ]
      : [],
  )
  const { entries } = judge(DEFAULT_POLICY, {
    bounces: bounces.toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1)),
    deliveries: events.flatMap((event) =>
      event.type === 'email.delivered' ? [{ source: event.source, atMs: msOf(event) }] : [],
    ),
    fixed: [],
    liftedMs: { hard_bounce: 0, soft_bounces: 0 },
  })
  return Object.entries(entries).flatMap(([reason, entry]) =>
    entry === null
      ? []
      : [
          {
            reason,
            since: entry.sinceMs,
            asOf: entry.asOfMs,
            rule: entry.rule,
            expires: entry.expiresAtMs,
            event: entry.first?.id,
          },
        ],
  )
}

describe('the default policy', () => {
  const one = fc.record({
    type: fc.constantFrom('email.bounced', 'email.bounced', 'email.bounced', 'email.delivered' as const),
    bounce_type: fc.constantFrom('hard', 'soft', 'soft' as const),
    cause: fc.constantFrom(
      null,
      'mailbox_full',
      'mailbox_full',
      'mailbox_disabled',
      'unreachable',
      'no_mailbox' as const,
    ),
    source: fc.constantFrom('shop', 'shop', 'news'),
    message_id: fc.constantFrom('m-1', 'm-2', 'm-3', 'm-4', 'm-5', null),
    day: fc.integer({ min: 0, max: 60 }),
    place: fc.nat({ max: 1_000 }),
    batch: fc.nat({ max: 4 }),
  })

  it(
    'gives the same list for the same events, in any order and any batches',
    { timeout: 300_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(one, { maxLength: 24 }), async (specs) => {
          const events = await Promise.all(
            specs.map(({ type, bounce_type, cause, source, message_id, day }, nr) =>
              mailEvent({
                type,
                source,
                message_id,
                atMs: NOON_MS - 100 * DAY_MS + (day * 3 * DAY_MS) / 2 + nr * HOUR_MS,
                nr,
                ...(type === 'email.bounced' ? { bounce_type, cause } : {}),
              }),
            ),
          )
          const ordered = specs
            .map(({ place, batch }, i) => ({ event: events[i] as MailEvent, place, batch }))
            .toSorted((a, b) => a.batch - b.batch || a.place - b.place)
          const batches = [...Map.groupBy(ordered, ({ batch }) => batch).values()].map((ones) =>
            ones.map(({ event }) => event),
          )
          // The first batch comes twice: copies change nothing.
          await storeOf([...batches, ...batches.slice(0, 1)])
          expect(await rowsOf(LISTED)).toEqual(expected(events))
        }),
        { numRuns: thorough(300, 40) },
      )
    },
  )

  it('ends an entry by its time, shows it as expired, and remembers it', async () => {
    const store = await storeOf([[await bounced(0)]])
    const endMs = NOON_MS + 30 * DAY_MS
    const seen = await findSuppression(store, ADA, endMs - 1)
    expect(seen?.reasons).toMatchObject([{ reason: 'hard_bounce', rule: 8, provisional: false }])
    expect(seen?.expired).toEqual([])
    expect(await activeReasons(store, [ADA], endMs - 1)).toMatchObject([{ reasons: ['hard_bounce'] }])
    expect(await findSuppression(store, ADA, endMs)).toMatchObject({ reasons: [], expired: [{ rule: 8 }] })
    expect(await activeReasons(store, [ADA], endMs)).toMatchObject([{ reasons: [] }])
    expect((await listSuppressions(store, { limit: 9 }, endMs)).suppressions).toEqual([])
    expect((await listSuppressions(store, { limit: 9, expired: true }, endMs)).suppressions).toHaveLength(1)
    await consumeEvents(consumerDeps(store), [await bounced(31)])
    expect(await findSuppression(store, ADA, NOON_MS + 3_000 * DAY_MS)).toMatchObject({
      reasons: [{ since: new Date(NOON_MS + 31 * DAY_MS).toISOString(), expires_at: null }],
    })
  })

  it('forgets an entry long after its end, and not its bounce', async () => {
    const store = await storeOf([[await bounced(0)]])
    const endMs = NOON_MS + 30 * DAY_MS
    expect(await forgetExpired(store, endMs, 10)).toBe(0)
    expect(await forgetExpired(store, endMs + 1, 10)).toBe(1)
    expect(await findSuppression(store, ADA, endMs)).toBeUndefined()
    await consumeEvents(consumerDeps(store), [await bounced(40)])
    expect((await findSuppression(store, ADA, endMs))?.reasons).toMatchObject([{ rule: 8, expires_at: null }])
  })

  it('judges a person anew if somebody else stores an event of hers at the same time', async () => {
    const store = await emptyStore()
    const full = (day: number) => bounced(day, { cause: 'mailbox_full', message_id: `m-${day}` })
    await consumeEvents(consumerDeps(store), [await full(0)])
    let isFirst = true
    const racing: D1Database = Object.assign(Object.create(store.db) as D1Database, {
      prepare: (sql: string) => store.db.prepare(sql),
      async batch(statements: D1PreparedStatement[]) {
        const answers = await store.db.batch(statements)
        if (isFirst) {
          isFirst = false
          await consumeEvents(consumerDeps(store), [await full(4)])
        }
        return answers
      },
    })
    const message = await consumeEvents(consumerDeps({ ...store, db: racing }), [await full(8)])
    expect(message.settled).toBe('acked')
    expect(await rowsOf(LISTED)).toMatchObject([{ reason: 'hard_bounce', rule: 6 }])
  })
})
