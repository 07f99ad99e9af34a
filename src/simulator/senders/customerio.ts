/**
 * Customer.io: HMAC over `v0:`, time and body. Only the SMTP text of a bounce says whether it is hard. A re-subscribe is about the
 * person, and names no message.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

const METRICS: Record<string, string> = {
  'email.sent': 'sent',
  'email.delivered': 'delivered',
  'email.deferred': 'attempted',
  'email.bounced': 'bounced',
  'email.rejected': 'dropped',
  'email.failed': 'failed',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
  'email.unsubscribed': 'unsubscribed',
  'email.subscribed': 'subscribed',
  'email.spam_reported': 'spammed',
}

export const customerio = sender('customerio', Object.keys(METRICS), (given) => {
  const key = given['signing_key'] ?? randomBytes(32).toString('hex')
  return {
    secrets: { signing_key: key },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      return signed({
        body,
        proof: {
          'x-cio-timestamp': String(nowSeconds),
          'x-cio-signature': createHmac('sha256', key).update(`v0:${nowSeconds}:`).update(body).digest('hex'),
        },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  event_id: createHash('sha256').update(JSON.stringify(h)).digest('hex').slice(0, 26).toUpperCase(),
  object_type: h.kind === 'email.subscribed' ? 'customer' : 'email',
  metric: METRICS[h.kind] ?? h.kind,
  timestamp: h.occurredAtSeconds,
  // Workspaces that know people by their id alone have no `email` among the identifiers.
  data: {
    customer_id: '42',
    identifiers: { id: '42' },
    ...(h.kind === 'email.subscribed' ? { email_address: h.recipient } : ofMessage(h)),
  },
})

const ofMessage = (h: SimulatedEvent) => ({
  delivery_id: h.messageId,
  recipient: h.recipient,
  subject: 'Your order',
  campaign_id: 23,
  journey_id: '01GW20GXAAXBKZD8J96M8FNV3R',
  ...details(h),
})

function details(h: SimulatedEvent): object {
  const more: Record<string, object> = {
    'email.opened': { proxied: false, prefetched: false },
    'email.clicked': { href: h.url, link_id: 1, machine: false },
    'email.rejected': { failure_message: 'suppressed' },
    'email.failed': { failure_message: 'no template' },
    'email.deferred': { failure_message: 'the delivery provider does not answer' },
    'email.bounced': {
      failure_message: h.bounce === 'soft' ? '452 4.2.2 Mailbox full' : '550 5.1.1 No such user',
    },
  }
  return more[h.kind] ?? {}
}
