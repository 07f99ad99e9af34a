import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ConsumerDeps } from '../../src/consumer/deps.ts'
import { consume } from '../../src/consumer/consume.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import type { Envelope } from '../../src/event/envelope.ts'
import { listEvents } from '../../src/store/events.ts'
import { findSuppression } from '../../src/store/suppressions.ts'
import type { Store } from '../../src/store/store.ts'
import { NOW_MS, consumerDeps } from '../support/consumer.ts'
import { type FaultPlan, type Reaches, failing, failingMessage, reaches } from '../support/failing.ts'
import {
  AFTER_ALL_MS,
  HOUR_MS,
  NOON_MS,
  contentsOf,
  mailEvent,
  quarantinedItem,
} from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope, sealed } from '../support/queue.ts'
import { allCounts, countOf, emptyStore } from '../support/store.ts'

const OBJECT = 'large/2026/06/02/10/req_2/all'

interface Fixture {
  readonly events: readonly MailEvent[]
  readonly bodies: readonly unknown[]
  readonly large: Uint8Array
}

let fixture: Fixture

/** One of everything that the consumer does: plain, large and malformed messages, a new person, quarantine. */
beforeAll(async () => {
  const [bounce, spam, open] = await Promise.all([
    mailEvent({ type: 'email.bounced', bounce_type: 'hard', atMs: NOON_MS, recipient: 'bob@example.com' }),
    mailEvent({ type: 'email.spam_reported', atMs: NOON_MS, recipient: 'eve@example.com' }),
    mailEvent({ type: 'email.opened', atMs: NOON_MS + HOUR_MS }),
  ])
  const large = await sealed(contentsOf([open, bounce]), 'req_2/all')
  const pointer: Envelope = { version: 1, source: 'shop', key: 'req_2/all', kind: 'stored', object: OBJECT }
  fixture = {
    events: [bounce, spam, open],
    bodies: [
      await inlineEnvelope(contentsOf([bounce, spam], [quarantinedItem('{"odd":1}')]), 'req_1/0'),
      pointer,
      { version: 1, source: 'shop' },
    ],
    large,
  }
})

interface Played {
  readonly store: Store
  readonly first: Reaches
}

/** Delivers all messages, with the fault the first time, and again until a delivery succeeds. */
async function play(plan?: FaultPlan): Promise<Played> {
  const store = await emptyStore()
  await env.LARGE.put(OBJECT, fixture.large)
  const first = reaches(plan)
  let nowMs = NOW_MS
  const deps: ConsumerDeps = consumerDeps(store, { nowMs: () => nowMs })
  for (let tries = 0; tries < 4; tries++) {
    const seen = tries === 0 ? first : reaches()
    const messages = fixture.bodies.map(
      (body, i) => new TestMessage(body, { id: `id-${i}`, attempts: tries + 1 }),
    )
    await consume(
      batchOf(messages.map((message) => failingMessage(message, seen))),
      failing(deps, seen),
    ).catch(() => undefined)
    if (tries > 0 && messages.every(({ settled }) => settled === 'acked')) return { store, first }
    nowMs += 1_000_000
  }
  throw new Error('the messages are not done after four deliveries')
}

async function expectAllOnce({ store }: Played): Promise<void> {
  const { events } = await listEvents(store, { limit: 10 }, AFTER_ALL_MS)
  expect(events.map(({ id }) => id).sort()).toEqual(fixture.events.map(({ id }) => id).sort())
  expect(await allCounts(store)).toMatchObject([
    { hour: NOON_MS / HOUR_MS, type: 'email.bounced', count: 1 },
    { hour: NOON_MS / HOUR_MS, type: 'email.spam_reported', count: 1 },
    { hour: NOON_MS / HOUR_MS + 1, type: 'email.opened', count: 1 },
  ])
  expect((await findSuppression(store, 'bob@example.com', 0))?.reasons).toHaveLength(1)
  expect((await findSuppression(store, 'eve@example.com', 0))?.reasons).toHaveLength(1)
  expect(await findSuppression(store, 'ada@example.com', 0)).toBeUndefined()
  expect(await countOf('quarantine')).toBe(1)
  expect(await countOf('quarantine_parts')).toBe(1)
  expect(await countOf('dead_letters')).toBe(1)
  expect(await env.LARGE.head(OBJECT)).toBeNull()
}

describe('a consumer that dies', () => {
  it('makes these calls', async () => {
    const played = await play()
    expect(played.first.made).toEqual([
      'D1', // the malformed message, dead-lettered
      'ack',
      'D1', // keys of bob and eve
      'D1', // the transaction, with quarantine
      'ack',
      'R2 get',
      'D1', // key of ada
      'D1', // the transaction
      'R2 delete',
      'ack',
    ])
    await expectAllOnce(played)
  })

  const STEPS = 10
  const plans = (['once', 'for good'] as const).flatMap((lasts) =>
    (['before', 'after'] as const).flatMap((when) =>
      Array.from({ length: STEPS }, (_, i): FaultPlan => ({ at: i + 1, when, lasts })),
    ),
  )
  it.each(plans)('$lasts, $when step $at: everything has its effect, once', async (plan) => {
    await expectAllOnce(await play(plan))
  })
})
