/** A sender that signs by Standard Webhooks: HMAC-SHA256 over id, time and body. Only the unit tests cover Ed25519. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, keyOf } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'
import { standardWebhook } from '../standard-webhooks.ts'

const KINDS = [
  'email.sent',
  'email.delivered',
  'email.bounced',
  'email.opened',
  'email.clicked',
  'email.unsubscribed',
  'email.spam_reported',
]

export const standardWebhooks = sender('standard-webhooks', KINDS, (given) => {
  const key = keyOf(given['signing_secret']) ?? randomBytes(32)
  return {
    secrets: { signing_secret: `whsec_${key.toString('base64')}` },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      const id = `msg_${first === undefined ? 'none' : eventUuid(first).replaceAll('-', '')}`
      return standardWebhook({ key, id, nowSeconds, body })
    },
  }
})

const wording = (h: SimulatedEvent) => {
  const timestamp = new Date(h.occurredAtSeconds * 1_000).toISOString()
  return { type: h.kind, timestamp, data: { ...details(h), timestamp } }
}

const details = (h: SimulatedEvent) => ({
  message_id: h.messageId,
  recipient: h.recipient,
  ...(h.kind === 'email.bounced'
    ? { bounce_type: h.bounce ?? 'hard', reason: h.bounce === 'soft' ? 'Mailbox full' : 'No such user' }
    : {}),
  ...(h.kind === 'email.clicked' ? { url: h.url } : {}),
  ...(h.kind === 'email.opened' || h.kind === 'email.clicked'
    ? { user_agent: 'Mozilla/5.0 (simulated)' }
    : {}),
})
