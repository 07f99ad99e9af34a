/** Lettermint: HMAC over time and body, both in one header; the time again in another header. Clicks have no documented fields. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'message.sent',
  'email.delivered': 'message.delivered',
  'email.bounced': 'message.hard_bounced',
  'email.rejected': 'message.suppressed',
  'email.failed': 'message.failed',
  'email.opened': 'message.opened',
  'email.unsubscribed': 'message.unsubscribed',
  'email.spam_reported': 'message.spam_complaint',
  'email.autoresponded': 'message.auto_replied',
}

export const lettermint = sender('lettermint', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? `whsec_${randomBytes(24).toString('hex')}`
  return {
    secrets: { signing_secret: secret },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      const signature = createHmac('sha256', secret).update(`${nowSeconds}.`).update(body).digest('hex')
      return signed({
        body,
        headers: { 'x-lettermint-delivery': String(nowSeconds) },
        proof: { 'x-lettermint-signature': `t=${nowSeconds},v1=${signature}` },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  id: createHash('sha256').update(JSON.stringify(h)).digest('hex').slice(0, 32),
  event:
    h.kind === 'email.bounced' && h.bounce === 'soft' ? 'message.soft_bounced' : (WORDS[h.kind] ?? h.kind),
  timestamp: new Date(h.occurredAtSeconds * 1_000).toISOString().replace('Z', '000Z'),
  data: {
    message_id: h.messageId,
    subject: 'Your order',
    recipient: h.recipient,
    metadata: { order: '4711' },
    tag: 'order',
    ...(h.kind === 'email.bounced' ? { response: responseOf(h) } : {}),
  },
})

const responseOf = (h: SimulatedEvent) =>
  h.bounce === 'soft'
    ? { status_code: 452, enhanced_status_code: '4.2.2', content: 'Mailbox full' }
    : { status_code: 550, enhanced_status_code: '5.1.1', content: 'User unknown' }
