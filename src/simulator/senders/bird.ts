/** Bird: Standard Webhooks, one event of one recipient a call. */
import { createHash, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, keyOf, sender } from '../sender.ts'
import { standardWebhook } from '../standard-webhooks.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'email.processed',
  'email.delivered': 'email.delivered',
  'email.deferred': 'email.deferred',
  'email.bounced': 'email.bounced',
  'email.rejected': 'email.rejected',
  'email.opened': 'email.opened',
  'email.clicked': 'email.clicked',
  'email.unsubscribed': 'email.list_unsubscribed',
  'email.spam_reported': 'email.complained',
}

export const bird = sender('bird', Object.keys(WORDS), (given) => {
  const key = keyOf(given['signing_secret']) ?? randomBytes(32)
  return {
    secrets: { signing_secret: `whsec_${key.toString('base64')}` },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      const id = `whd_${createHash('sha256').update(body).digest('hex').slice(0, 26)}`
      return standardWebhook({ key, id, nowSeconds, body })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  type: WORDS[h.kind] ?? `email.${h.kind}`,
  timestamp: new Date(h.occurredAtSeconds * 1_000).toISOString(),
  data: {
    email_id: h.messageId,
    recipient_id: `er_${createHash('sha256').update(h.recipient).digest('hex').slice(0, 26)}`,
    workspace_id: 'ws_01krdgeqcxet5s7t44vh8rt9mg',
    recipient: h.recipient,
    recipient_role: 'to',
    tags: [{ name: 'welcome' }],
    metadata: { order: '17' },
    broadcast_id: null,
    ...details(h),
  },
})

function details(h: SimulatedEvent): object {
  const client = { ip_address: '192.0.2.7', user_agent: 'Mozilla/5.0 (simulated)' }
  const more: Record<string, object> = {
    'email.bounced': {
      bounce_type: h.bounce ?? 'hard',
      bounce_class: h.bounce === 'soft' ? 22 : 10,
      bounce_code: h.bounce === 'soft' ? '452' : '550',
      bounce_description: h.bounce === 'soft' ? '452 4.2.2 Mailbox full' : '550 5.1.1 No such user',
      sending_ip: '198.51.100.7',
    },
    'email.deferred': {
      bounce_type: 'soft',
      bounce_class: 22,
      defer_reason: '451 4.7.1 Try again later',
      sending_ip: '198.51.100.7',
    },
    'email.rejected': { rejection_reason: 'recipient_suppressed' },
    'email.opened': client,
    'email.clicked': { ...client, url: h.url },
    'email.spam_reported': { feedback_type: 'abuse' },
  }
  return more[h.kind] ?? {}
}
