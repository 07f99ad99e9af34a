/** The event that a test sends. It is made up, says so, and is stored nowhere. */
import { eventId } from '../../event/identity.ts'
import type { MailEvent } from '../../event/mail-event.ts'
import { toInstant } from '../../platform/time.ts'
import { batchBody, batchId, singleBody } from './body.ts'
import type { OpenDestination } from '../config.ts'

const SOURCE = 'postern-test'

export interface ExampleDelivery {
  readonly id: string
  readonly kind: 'test'
  readonly eventIds: readonly string[]
  readonly body: string
}

export async function exampleDelivery({ config }: OpenDestination, nowMs: number): Promise<ExampleDelivery> {
  const event = await exampleEvent(nowMs)
  const isBatch = config.batch !== undefined
  return {
    id: isBatch ? await batchId([event.id]) : event.id,
    kind: 'test',
    eventIds: [event.id],
    body: isBatch ? batchBody([event]) : singleBody(event),
  }
}

const exampleEvent = async (nowMs: number): Promise<MailEvent> => ({
  id: await eventId(SOURCE, 'generic', [crypto.randomUUID()], nowMs),
  type: 'email.delivered',
  native_type: 'test',
  source: SOURCE,
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
})
