/**
 * Sweego: base64 HMAC-SHA256 without a version prefix, over id, time and body joined by dots; the secret is base64.
 */
import { randomBytes } from 'node:crypto'
import { NO_EVENT, type SimulatedEvent, jsonBody, sender, keyOf } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'
import { standardWebhook } from '../standard-webhooks.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'email_sent',
  'email.delivered': 'delivered',
  'email.bounced': 'hard_bounce',
  'email.opened': 'email_opened',
  'email.clicked': 'email_clicked',
  'email.spam_reported': 'complaint',
  'email.unsubscribed': 'list_unsub',
}

export const sweego = sender('sweego', Object.keys(WORDS), (given) => {
  const key = keyOf(given['signing_secret']) ?? randomBytes(32)
  return {
    secrets: { signing_secret: key.toString('base64') },
    async deliver([simulated], nowSeconds) {
      const h = simulated ?? NO_EVENT
      const id = eventUuid(h)
      const body = jsonBody(wording(h, id))
      return standardWebhook({ key, id, nowSeconds, body, version: '' })
    },
  }
})

const wording = (h: SimulatedEvent, id: string) => ({
  event_type: h.kind === 'email.bounced' && h.bounce === 'soft' ? 'soft-bounce' : (WORDS[h.kind] ?? h.kind),
  timestamp: new Date(h.occurredAtSeconds * 1_000).toISOString().replace('.000Z', '+00:00'),
  swg_uid: `02-${id}`,
  event_id: id,
  channel: 'email',
  headers: { 'x-transaction-id': h.messageId },
  campaign_tags: ['welcome'],
  campaign_type: 'transac',
  campaign_id: 'transac',
  recipient: h.recipient,
  domain_from: 'example.net',
  ...(h.kind === 'email.clicked' ? { url: h.url } : {}),
})
