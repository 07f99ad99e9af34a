/**
 * SparkPost: nothing signed, Basic as set on the webhook; batches of wrapped events, times and ids as text.
 */
import { randomBytes } from 'node:crypto'
import { NO_EVENT, type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'
import { eventUuid, numberFor } from '../stable-ids.ts'

/** Class and type of each event. */
const WORDS: Record<string, readonly [category: string, type: string]> = {
  'email.sent': ['message_event', 'injection'],
  'email.delivered': ['message_event', 'delivery'],
  'email.deferred': ['message_event', 'delay'],
  'email.bounced': ['message_event', 'bounce'],
  'email.rejected': ['message_event', 'policy_rejection'],
  'email.failed': ['gen_event', 'generation_failure'],
  'email.spam_reported': ['message_event', 'spam_complaint'],
  'email.opened': ['track_event', 'open'],
  'email.clicked': ['track_event', 'click'],
  'email.unsubscribed': ['unsubscribe_event', 'list_unsubscribe'],
}

export const sparkpost = sender('sparkpost', Object.keys(WORDS), () => {
  const password = randomBytes(18).toString('base64url')
  const credentials = Buffer.from(`sparkpost:${password}`).toString('base64')
  return {
    secrets: { basic_auth: { username: 'sparkpost', password } },
    async deliver(simulatedEvents) {
      return unsigned({
        body: jsonBody(simulatedEvents.map(wording)),
        headers: { 'x-messagesystems-batch-id': eventUuid(simulatedEvents[0] ?? NO_EVENT) },
        proof: { authorization: `Basic ${credentials}` },
      })
    },
  }
})

function wording(h: SimulatedEvent): object {
  const [category, type] = WORDS[h.kind] ?? ['message_event', h.kind]
  return {
    msys: {
      [category]: {
        type,
        event_id: eventUuid(h),
        message_id: h.messageId,
        transmission_id: numberFor(h.messageId, 17),
        rcpt_to: h.recipient.toLowerCase(),
        raw_rcpt_to: h.recipient,
        campaign_id: 'spring',
        rcpt_tags: ['customer'],
        rcpt_meta: { order: '4711' },
        timestamp: String(h.occurredAtSeconds),
        ...details(h),
      },
    },
  }
}

const failure = (bounce_class: string, reason: string) => ({
  bounce_class,
  error_code: reason.slice(0, 3),
  raw_reason: reason,
  reason,
})

function details(h: SimulatedEvent): object {
  const client = {
    ip_address: '192.0.2.7',
    user_agent: 'Mozilla/5.0 (simulated)',
    user_agent_parsed: { agent_family: 'Firefox', is_mobile: false, is_proxy: false, is_prefetched: false },
  }
  const more: Record<string, object> = {
    'email.deferred': failure('21', '454 4.4.4 [internal] no MX or A for domain'),
    'email.bounced':
      h.bounce === 'soft' ? failure('22', '452 4.2.2 Mailbox full') : failure('10', '550 5.1.1 No such user'),
    'email.rejected': failure('25', '550 5.7.1 [internal] recipient address suppressed'),
    'email.failed': failure('1', '554 5.6.0 [internal] rendering failed'),
    'email.opened': client,
    'email.clicked': { ...client, target_link_url: h.url },
  }
  return more[h.kind] ?? {}
}
