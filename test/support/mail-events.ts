/** Events and contents for tests of the consumer and the store. */
import type { Contents, DeliveryFacts, Quarantined, QueuedEvent } from '../../src/event/envelope.ts'
import { eventId } from '../../src/event/identity.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { toBase64, utf8 } from '../../src/platform/bytes.ts'
import { toInstant } from '../../src/platform/time.ts'
import type { StoredEvent } from '../../src/store/stored-event.ts'

/** A Tuesday in the past, at ten in the morning. */
export const NOON_MS = Date.UTC(2026, 5, 2, 10)
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** A clock that is past everything in these tests. */
export const AFTER_ALL_MS = Date.UTC(2100, 0)

export interface SimulatedEvent extends Partial<Omit<MailEvent, 'id' | 'occurred_at'>> {
  readonly type: MailEvent['type']
  /** Undefined if the ESP gives no time. */
  readonly atMs?: number | undefined
  /** Makes otherwise equal events different. */
  readonly nr?: number
}

/** An event as the gateway makes it: equal input gives equal ids. */
export async function mailEvent({ atMs, nr, ...given }: SimulatedEvent): Promise<MailEvent> {
  const source = given.source ?? 'shop'
  const message_id = given.message_id === undefined ? 'm-1' : given.message_id
  const recipient = given.recipient === undefined ? 'ada@example.com' : given.recipient
  const received_at = given.received_at ?? toInstant(Math.max(atMs ?? 0, NOON_MS + DAY_MS))
  const identity = [given.type, given.bounce_type, message_id, recipient, nr]
  return {
    native_type: given.type.replace('email.', ''),
    provider: 'generic',
    provider_event_id: null,
    other_message_ids: [],
    bounce_type: null,
    reason: null,
    reject_reason: null,
    smtp_code: null,
    enhanced_code: null,
    url: null,
    user_agent: null,
    client_ip: null,
    tags: [],
    campaign_id: null,
    metadata: {},
    scope: null,
    automated: null,
    automated_by: null,
    cause: null,
    cause_detail: null,
    ...given,
    id: await eventId(source, 'generic', identity, atMs ?? 0),
    source,
    message_id,
    recipient,
    received_at,
    occurred_at: atMs === undefined ? null : toInstant(atMs),
  }
}

/** An event with a value in each field that can say something of a person. */
export const eventOfLovelace = async (): Promise<StoredEvent> => ({
  ...(await mailEvent({
    type: 'email.bounced',
    atMs: NOON_MS,
    nr: 1,
    recipient: 'lovelace@example.com',
    reason: '550 no such user lovelace@example.com',
    url: 'https://shop.example/lovelace',
    user_agent: 'Firefox',
    client_ip: '203.0.113.7',
    tags: ['vip'],
    metadata: { order: 'order-7' },
    smtp_code: '550',
    campaign_id: 'spring',
  })),
  security: {
    passed: ['replay'],
    failed: [],
    undecided: [],
    request_id: 'req_1',
    verified: ['signature'],
    alerts: [],
    degraded: null,
    origin: null,
  },
})

export const deliveryFacts = (facts: Partial<DeliveryFacts> = {}): DeliveryFacts => ({
  request_id: 'req_000000000000000000000001',
  source: 'shop',
  provider: 'generic',
  received_at: toInstant(NOON_MS + DAY_MS),
  methods: ['signature'],
  checks: { passed: ['source_ip', 'rate', 'replay', 'payload', 'transport'], failed: [], undecided: [] },
  alerts: [],
  degraded: null,
  ...facts,
})

export const contentsOf = (
  events: readonly QueuedEvent[],
  quarantined: readonly Quarantined[] = [],
  facts: Partial<DeliveryFacts> = {},
): Contents => ({ delivery: deliveryFacts(facts), events: [...events], quarantined: [...quarantined] })

export const quarantinedItem = (text: string): Quarantined => ({
  problem: 'item_unreadable',
  content_type: 'application/json',
  query: '',
  headers: {},
  body: toBase64(utf8(text)),
  item: true,
})
