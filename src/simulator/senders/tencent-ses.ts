/** Tencent Cloud SES: nothing signed, the operator's secret in the URL; one flat event. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'processed',
  'email.deferred': 'deferred',
  'email.delivered': 'delivered',
  'email.rejected': 'dropped',
  'email.opened': 'open',
  'email.clicked': 'click',
  'email.bounced': 'bounce',
  'email.spam_reported': 'spamreport',
  'email.unsubscribed': 'unsubscribe',
}

export const tencentSes = sender('tencent-ses', Object.keys(WORDS), () => {
  const token = randomBytes(24).toString('base64url')
  return {
    secrets: { query: { token } },
    async deliver([simulated]) {
      return unsigned({ body: jsonBody(simulated && wording(simulated)), query: `?token=${token}` })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  event: WORDS[h.kind] ?? h.kind,
  email: h.recipient,
  bulkId: h.messageId,
  messageId: `<${h.messageId}>`,
  timestamp: h.occurredAtSeconds,
  sentTimestamp: h.occurredAtSeconds - 5,
  from: 'shop@example.net',
  fromDomain: 'example.net',
  templateId: 100_091,
  subject: 'Hello',
  ...details(h),
})

function details(h: SimulatedEvent): object {
  if (h.kind === 'email.clicked') return { link: h.url }
  if (h.kind !== 'email.bounced') return {}
  return h.bounce === 'soft'
    ? { bounceType: 'soft_bounce', reason: '452 4.2.2 Mailbox full' }
    : { bounceType: 'hard_bounce', reason: '550 5.1.1 No such user' }
}
