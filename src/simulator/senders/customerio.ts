/** Customer.io: HMAC over `v0:`, time and body; a bounce does not say whether it is hard, so it is not simulated as such. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

const METRICS: Record<string, string> = {
  'email.sent': 'sent',
  'email.delivered': 'delivered',
  'email.deferred': 'deferred',
  'email.rejected': 'dropped',
  'email.failed': 'failed',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
  'email.unsubscribed': 'unsubscribed',
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
  object_type: 'email',
  metric: METRICS[h.kind] ?? h.kind,
  timestamp: h.occurredAtSeconds,
  data: {
    customer_id: '42',
    identifiers: { id: '42', email: h.recipient, cio_id: 'd9c1060001' },
    delivery_id: h.messageId,
    recipient: h.recipient,
    subject: 'Your order',
    campaign_id: 23,
    ...(h.kind === 'email.clicked' ? { href: h.url, link_id: 1 } : {}),
    ...(h.kind === 'email.rejected' || h.kind === 'email.failed' ? { failure_message: 'suppressed' } : {}),
  },
})
