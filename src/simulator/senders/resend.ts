/** Resend: Standard Webhooks under the `svix-` names. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, keyOf } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'
import { standardWebhook } from '../standard-webhooks.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'email.sent',
  'email.delivered': 'email.delivered',
  'email.deferred': 'email.delivery_delayed',
  'email.bounced': 'email.bounced',
  'email.opened': 'email.opened',
  'email.clicked': 'email.clicked',
  'email.spam_reported': 'email.complained',
  'email.failed': 'email.failed',
  'email.rejected': 'email.suppressed',
}

export const resend = sender('resend', Object.keys(WORDS), (given) => {
  const key = keyOf(given['signing_secret']) ?? randomBytes(24)
  return {
    secrets: { signing_secret: `whsec_${key.toString('base64')}` },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      const id = `msg_${first === undefined ? 'none' : eventUuid(first).replaceAll('-', '')}`
      return standardWebhook({ key, id, nowSeconds, body, headerPrefix: 'svix' })
    },
  }
})

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString()

const wording = (h: SimulatedEvent) => ({
  type: WORDS[h.kind] ?? h.kind,
  created_at: iso(h.occurredAtSeconds),
  data: {
    created_at: iso(h.occurredAtSeconds - 5).replace('Z', '+00:00'),
    email_id: h.messageId,
    from: 'Shop <shop@example.net>',
    to: [h.recipient],
    subject: 'Your order',
    tags: { campaign: 'spring' },
    ...(h.kind === 'email.bounced'
      ? {
          bounce:
            h.bounce === 'soft'
              ? { type: 'Transient', subType: 'MailboxFull', message: 'The mailbox is full.' }
              : { type: 'Permanent', subType: 'General', message: 'The address does not exist.' },
        }
      : {}),
    ...(h.kind === 'email.clicked'
      ? {
          click: {
            link: h.url,
            ipAddress: '192.0.2.7',
            timestamp: iso(h.occurredAtSeconds),
            userAgent: 'Mozilla/5.0 (simulated)',
          },
        }
      : {}),
  },
})
