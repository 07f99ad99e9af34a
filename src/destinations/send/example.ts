/** The event that a test sends. It is made up, says so, and is stored nowhere. */
import { eventId } from '../../event/identity.ts'
import { EVENT_TYPES, type EventType, type MailEvent } from '../../event/mail-event.ts'
import { toInstant } from '../../platform/time.ts'
import { batchBody, batchId, singleBody } from './body.ts'
import type { OpenDestination } from '../config.ts'

const SOURCE = 'postern-test'

export interface ExampleDelivery {
  readonly id: string
  readonly kind: 'test'
  readonly type: EventType
  readonly eventIds: readonly string[]
  readonly body: string
}

/** @param type null for one that the filter lets pass */
export async function exampleDelivery(
  destination: Pick<OpenDestination, 'config' | 'filter' | 'matches'>,
  type: EventType | null,
  nowMs: number,
): Promise<ExampleDelivery> {
  const event = await exampleEvent(type ?? typeThatPasses(destination), nowMs)
  const isBatch = destination.config.batch !== undefined
  return {
    id: isBatch ? await batchId([event.id]) : event.id,
    kind: 'test',
    type: event.type,
    eventIds: [event.id],
    body: isBatch ? batchBody([event]) : singleBody(event),
  }
}

/** The types that are tried first are those that an endpoint is most often made for. */
const CANDIDATES: readonly EventType[] = [
  ...new Set<EventType>(['email.delivered', 'email.bounced', ...EVENT_TYPES]),
]

/** If no example meets the conditions, at least the types and nothing else decide. The source is made up, so it does not matter. */
function typeThatPasses({ filter, matches }: Pick<OpenDestination, 'filter' | 'matches'>): EventType {
  const wanted = CANDIDATES.filter((type) => filter.types?.includes(type) ?? true)
  const source = filter.sources?.[0] ?? SOURCE
  const passing = wanted.find((type) => matches({ ...exampleOf(type, 0), id: '', source }))
  return passing ?? wanted[0] ?? 'email.delivered'
}

async function exampleEvent(type: EventType, nowMs: number): Promise<MailEvent> {
  const id = await eventId(SOURCE, 'generic', [crypto.randomUUID()], nowMs)
  return { ...exampleOf(type, nowMs), id, source: SOURCE }
}

const exampleOf = (type: EventType, nowMs: number): Required<Omit<MailEvent, 'id' | 'source'>> => ({
  type,
  native_type: 'test',
  provider: 'generic',
  provider_event_id: null,
  message_id: 'test-message',
  other_message_ids: [],
  recipient: 'test@example.com',
  occurred_at: toInstant(nowMs),
  received_at: toInstant(nowMs),
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
  metadata: { test: true },
  scope: null,
  automated: null,
  automated_by: null,
  cause: null,
  cause_detail: null,
  ...SAYS_MORE[type],
})

/** Fields that an event of a type usually has. */
const SAYS_MORE: Readonly<Partial<Record<EventType, Partial<MailEvent>>>> = {
  'email.bounced': {
    bounce_type: 'hard',
    smtp_code: '550',
    enhanced_code: '5.1.1',
    cause: 'no_mailbox',
    reason: '550 5.1.1 This is a test',
  },
  'email.clicked': { url: 'https://example.com/test' },
  'email.rejected': { reject_reason: 'other', reason: 'This is a test' },
}
