import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { emailServiceEvent } from '../../src/simulator/email-service.ts'
import type { SimulatedEvent } from '../../src/simulator/sender.ts'
import { redrive } from '../../src/console/api/dead-letters.ts'
import { readAgain } from '../../src/console/api/quarantine.ts'
import { readEmailService } from '../../src/consumer/email-service.ts'
import { consume } from '../../src/consumer/consume.ts'
import { ATTEMPTS_MAX } from '../../src/consumer/retry.ts'
import type { Envelope } from '../../src/event/envelope.ts'
import { MESSAGE_MAX_BYTES } from '../../src/event/pack.ts'
import type { Bytes } from '../../src/platform/bytes.ts'
import { listDeadLetters } from '../../src/store/dead-letters.ts'
import { listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import { listQuarantine, readQuarantine } from '../../src/store/quarantine.ts'
import type { Store } from '../../src/store/store.ts'
import { findSuppression } from '../../src/store/suppressions.ts'
import { type TestDeps, consumerDeps, deadLetter } from '../support/consumer.ts'
import { AFTER_ALL_MS, NOON_MS } from '../support/mail-events.ts'
import { TestMessage, batchOf } from '../support/queue.ts'
import { refusingD1 } from '../support/refusing-d1.ts'
import { countOf, emptyStore, storedEvents } from '../support/store.ts'
import { WHO } from '../support/who.ts'

const QUEUE = 'postern-email-service'

let store: Store
let deps: TestDeps

beforeEach(async () => {
  store = await emptyStore()
  deps = consumerDeps(store)
})

/** An event as Cloudflare writes it. */
const event = (change: Partial<SimulatedEvent> = {}) =>
  emailServiceEvent({
    kind: 'email.delivered',
    messageId: 'm-1',
    recipient: 'ada@example.com',
    occurredAtSeconds: NOON_MS / 1_000,
    ...change,
  })

async function settlements(bodies: readonly unknown[], attempts = 1, context: TestDeps = deps) {
  const messages = bodies.map((body, i) => new TestMessage(body, { id: `id-${i}`, attempts }))
  await consume(batchOf(messages, QUEUE), context, readEmailService)
  return messages.map(({ settled }) => settled)
}

const acked = (count: number) => Array.from({ length: count }, () => 'acked')
const stored = async (source = 'cloudflare-email') =>
  (await listEvents(store, { source, limit: 50 }, AFTER_ALL_MS)).events
const messages = async () => (await stored()).map(({ message_id }) => message_id ?? '')
const quarantine = async () => (await listQuarantine(store, { limit: 50 })).quarantine

const downFor = (refuses: (values: string) => boolean): Store => ({
  ...store,
  db: refusingD1(store.db, refuses),
})

describe('an event of the Email Service', () => {
  it.each([
    ['email.delivered', { smtp_code: '250', enhanced_code: '2.0.0' }],
    ['email.deferred', { smtp_code: '451', bounce_type: null }],
    ['email.bounced', { bounce_type: 'hard', reason: '550 5.1.1 User unknown' }],
    ['email.failed', { reason: 'delivery_failed' }],
    ['email.rejected', { reason: 'suppressed', reject_reason: 'bounced' }],
    ['email.spam_reported', { reason: null }],
  ])('%s is stored under its source', async (kind, facts) => {
    expect(await settlements([event({ kind })])).toEqual(['acked'])
    expect(await stored()).toMatchObject([
      {
        ...facts,
        type: kind,
        source: 'cloudflare-email',
        provider: 'cloudflare-email',
        message_id: 'm-1',
        recipient: 'ada@example.com',
        occurred_at: new Date(NOON_MS).toISOString(),
        received_at: new Date(0).toISOString(),
      },
    ])
    expect(await countOf('quarantine')).toBe(0)
  })

  it.each([
    ['shop-mail', 'shop-mail'],
    [' shop-mail ', 'shop-mail'],
    ['', 'cloudflare-email'],
    [undefined, 'cloudflare-email'],
  ])('is of the source that is set: %j', async (value, source) => {
    const vars = (name: string) => (name === 'EMAIL_SERVICE_SOURCE' ? value : undefined)
    await settlements([event()], 1, consumerDeps(store, { vars }))
    expect(await stored(source)).toHaveLength(1)
  })

  it('of an unknown type is stored', async () => {
    expect(await settlements([event({ kind: 'opened' })])).toEqual(['acked'])
    expect(await stored()).toMatchObject([
      { type: 'email.unknown', native_type: 'cf.email.sending.message.opened' },
    ])
  })

  it('counts once: twice in a batch, in a redelivered message, and in a second message', async () => {
    const bounce = event({ kind: 'email.bounced', bounce: 'hard' })
    expect(await settlements([bounce, bounce])).toEqual(acked(2))
    expect(await settlements([bounce, bounce], 2)).toEqual(acked(2))
    await consume(batchOf([new TestMessage(bounce)], QUEUE), deps, readEmailService)
    expect(await storedEvents()).toBe(1)
    expect(await findSuppression(store, 'ada@example.com', 0)).toMatchObject({
      reasons: [{ reason: 'hard_bounce', source: 'cloudflare-email' }],
    })
  })

  it.each([
    ['in order', false],
    ['the newest first', true],
  ])('never overrides a newer state: %s', async (_order, reversed) => {
    const at = (minutes: number) => NOON_MS / 1_000 + minutes * 60
    const life = [
      event({ kind: 'email.deferred', occurredAtSeconds: at(0) }),
      event({ kind: 'email.delivered', occurredAtSeconds: at(5) }),
      event({ kind: 'email.spam_reported', occurredAtSeconds: at(9) }),
    ]
    for (const one of reversed ? life.toReversed() : life) await settlements([one])
    expect(await messageStates(store, { source: 'cloudflare-email', message_id: 'm-1' })).toMatchObject([
      { state: 'email.spam_reported' },
    ])
    expect(await storedEvents()).toBe(3)
  })
})

const v1 = event()
const circle: Record<string, unknown> = {}
circle['self'] = circle

/** Messages that are not events of version 1, one change at a time. */
const MISFITS: readonly (readonly [what: string, body: unknown, problem: string])[] = [
  [
    'a newer version',
    { ...v1, metadata: { ...(v1['metadata'] as object), eventSchemaVersion: 2 } },
    'item_unreadable',
  ],
  ['an event of another product', { ...v1, type: 'cf.r2.bucket.created' }, 'item_unreadable'],
  [
    'an event without its id',
    { ...v1, payload: { messageId: 'm-1', recipient: 'x@example.com' } },
    'item_unreadable',
  ],
  ['an event without its time', { ...v1, metadata: { eventSchemaVersion: 1 } }, 'item_unreadable'],
  ['an empty object', {}, 'item_unreadable'],
  [
    'an envelope',
    { version: 1, source: 'shop', key: 'k', kind: 'stored', object: 'large/x' },
    'item_unreadable',
  ],
  ['an object with a big integer', { ...v1, type: 7n }, 'item_unreadable'],
  ['a list of events', [v1, v1], 'body_unreadable'],
  ['text', 'hello', 'body_unreadable'],
  ['nothing', null, 'body_unreadable'],
  ['no body', undefined, 'body_unreadable'],
  ['bytes', new Uint8Array([1, 2, 3]), 'item_unreadable'],
  ['a circle', circle, 'body_unreadable'],
  ['nesting without end', JSON.parse('['.repeat(3_000) + ']'.repeat(3_000)), 'body_unreadable'],
]

describe('a message that is not a known event', () => {
  it.each(MISFITS)('%s: goes to quarantine, and affects no other message', async (_what, body, problem) => {
    const others = [event({ messageId: 'm-2' }), event({ messageId: 'm-3' })]
    expect(await settlements([others[0], body, others[1]])).toEqual(acked(3))
    expect(new Set(await messages())).toEqual(new Set(['m-2', 'm-3']))
    expect(await quarantine()).toMatchObject([
      { source: 'cloudflare-email', provider: 'cloudflare-email', request_id: 'msg_id-1', problem },
    ])
    expect(await countOf('dead_letters')).toBe(0)
  })

  it('is stored completely, and once', async () => {
    const body = { ...v1, metadata: { ...(v1['metadata'] as object), eventSchemaVersion: 2 } }
    await settlements([body])
    await settlements([{}, body], 2)
    const found = (await quarantine()).filter(({ bytes }) => bytes > 2)
    expect(found).toHaveLength(1)
    const entry = await readQuarantine(store, found[0]?.id ?? '')
    expect(JSON.parse(atob(entry?.quarantined.body ?? ''))).toEqual(body)
    // It still cannot be parsed, so it stays.
    if (entry === undefined) throw new Error('not there')
    expect(await readAgain(entry.quarantined, entry.delivery, true)).toBeUndefined()
  })
})

describe('when the store fails', () => {
  it('for one event of a batch, the others are stored; that one is retried, then dead-lettered', async () => {
    const events = ['m-1', 'm-2', 'm-3'].map((messageId) => event({ messageId }))
    const context = consumerDeps(downFor((values) => values.includes('m-2')))
    expect(await settlements(events, 1, context)).toEqual(['acked', { delaySeconds: 10 }, 'acked'])
    expect(new Set(await messages())).toEqual(new Set(['m-1', 'm-3']))
    await consume(
      batchOf([new TestMessage(events[1], { id: 'id-1', attempts: ATTEMPTS_MAX })], QUEUE),
      context,
      readEmailService,
    )
    expect((await listDeadLetters(store, { limit: 5 })).dead_letters).toMatchObject([
      { id: 'msg_id-1.0', source: 'cloudflare-email', reason: 'store_failed' },
    ])
  })

  it('for all, every message is put back', async () => {
    const context = consumerDeps(downFor(() => true))
    expect(await settlements([event(), {}], 3, context)).toEqual([{ delaySeconds: 40 }, { delaySeconds: 40 }])
    expect(await storedEvents()).toBe(0)
  })
})

describe('a dead letter', () => {
  const sent: Envelope[] = []
  const context = (): Parameters<typeof redrive>[0] =>
    ({
      store,
      registry: env.REGISTRY.getByName('email-service'),
      who: WHO,
      enqueue: async (envelope: Envelope) => void sent.push(envelope),
      putLarge: async (object: string, sealed: Bytes) => void (await env.LARGE.put(object, sealed)),
    }) as unknown as Parameters<typeof redrive>[0]

  beforeEach(() => {
    sent.length = 0
  })

  const storeDeadLetter = (bodies: readonly unknown[]) => {
    const messages = bodies.map((body, i) => new TestMessage(body, { id: `id-${i}` }))
    return deadLetter(messages, consumerDeps(downFor(() => true)), readEmailService)
  }

  it('of a message that the store refuses for good is a sealed envelope, and is redriven like any other', async () => {
    await storeDeadLetter([event(), {}, 'text'])
    const { dead_letters } = await listDeadLetters(store, { limit: 5 })
    expect(dead_letters.map(({ source, reason }) => [source, reason])).toEqual(
      Array.from({ length: 3 }, () => ['cloudflare-email', 'store_failed']),
    )
    const { redriven, failed } = await redrive(context(), {})
    expect([redriven.length, failed]).toEqual([3, []])
    const messages = sent.map((envelope) => new TestMessage(envelope))
    await consume(batchOf(messages), deps)
    expect(messages.map(({ settled }) => settled)).toEqual(acked(3))
    expect(await stored()).toMatchObject([{ message_id: 'm-1' }])
    expect(await quarantine()).toHaveLength(2)
    expect(await countOf('dead_letters')).toBe(0)
  })

  it('counts once if its message is delivered again too', async () => {
    await settlements([event()])
    await storeDeadLetter([event()])
    await redrive(context(), {})
    await consume(batchOf(sent.map((envelope) => new TestMessage(envelope))), deps)
    expect(await storedEvents()).toBe(1)
  })

  it('too large for a message is redriven through the bucket', async () => {
    await storeDeadLetter([{ odd: 'x'.repeat(MESSAGE_MAX_BYTES) }])
    expect((await redrive(context(), {})).failed).toEqual([])
    expect(sent).toMatchObject([{ kind: 'stored', source: 'cloudflare-email', key: 'msg_id-0/0' }])
    const message = new TestMessage(sent[0])
    await consume(batchOf([message]), deps)
    expect(message.settled).toBe('acked')
    expect(await quarantine()).toMatchObject([{ problem: 'item_unreadable' }])
  })

  it('of the event queue is still read as an envelope: an Email Service event there is refused', async () => {
    await deadLetter([new TestMessage(event(), { id: 'id-0' })], deps)
    expect((await redrive(context(), ['msg_id-0'])).failed).toEqual([
      { id: 'msg_id-0', problem: 'not_an_envelope' },
    ])
  })
})
