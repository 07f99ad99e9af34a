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
  timestamp: timestampOf(h),
  swg_uid: `02-${id}`,
  event_id: id,
  channel: 'email',
  transaction_id: h.messageId,
  headers: {
    'x-mailer': 'Sweego',
    'x-swg-uid': `02-${id}`,
    'x-campaign-type': 'transac',
    'x-transaction-id': h.messageId,
    'x-metadata-order': '4711',
  },
  campaign_tags: ['welcome'],
  campaign_type: 'transac',
  campaign_id: 'transac',
  recipient: h.recipient,
  domain_from: 'example.net',
  ...details(h),
})

/** Opens and clicks have no zone. */
const timestampOf = (h: SimulatedEvent): string =>
  new Date(h.occurredAtSeconds * 1_000)
    .toISOString()
    .replace('.000Z', h.kind === 'email.opened' || h.kind === 'email.clicked' ? '' : '+00:00')

const CLIENT = { ip_address: '192.0.2.7', user_agent: 'Mozilla/5.0 (simulated)', proxy: false }

function details(h: SimulatedEvent): object {
  const more: Record<string, object> = {
    'email.bounced':
      h.bounce === 'soft'
        ? { response_code: 452, status: null, details: '452 4.2.2 Mailbox full' }
        : { response_code: 550, status: null, details: '550 5.1.1 User unknown' },
    'email.opened': { subject: 'Your order', open: CLIENT },
    'email.clicked': { subject: 'Your order', click: { ...CLIENT, url: h.url } },
    'email.unsubscribed': { one_click: false },
  }
  return more[h.kind] ?? {}
}
