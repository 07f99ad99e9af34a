/** A custom sender in the generic format: a hex HMAC-SHA256 over time and body, several events in an array. */
import { createHmac, randomBytes } from 'node:crypto'
import { clientOf } from '../client.ts'
import { type Answer, type SimulatedEvent, answerText, jsonBody, sender, signed } from '../sender.ts'

const KINDS = [
  'email.sent',
  'email.delivered',
  'email.bounced',
  'email.opened',
  'email.clicked',
  'email.unsubscribed',
  'email.spam_reported',
  'email.deferred',
  'email.rejected',
  'email.subscribed',
]

export const generic = sender('generic', KINDS, (given) => {
  const key = given['hmac'] ?? randomBytes(32).toString('hex')
  return {
    secrets: { hmac: key },
    async deliver(simulatedEvents, nowSeconds) {
      const body = jsonBody(simulatedEvents.map(wording))
      const signature = createHmac('sha256', key).update(`${nowSeconds}.`).update(body).digest('hex')
      return signed({
        body,
        proof: {
          'x-webhook-timestamp': String(nowSeconds),
          'x-webhook-signature': `sha256=${signature}`,
        },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => {
  const timestamp = new Date(h.occurredAtSeconds * 1_000).toISOString()
  return { event_type: h.kind, timestamp, data: { ...details(h), timestamp } }
}

const NOBODY: Answer = { code: 550, enhancedCode: '5.1.1', text: 'No such user' }

const details = (h: SimulatedEvent) => ({
  message_id: h.messageId,
  recipient: h.recipient,
  ...(h.campaign === undefined ? {} : { campaign_id: h.campaign }),
  ...(h.kind === 'email.bounced'
    ? {
        bounce_type: h.bounce ?? 'hard',
        reason: h.bounce === 'soft' ? '452 4.2.2 Mailbox full' : answerText(h.answer ?? NOBODY),
      }
    : {}),
  ...(h.kind === 'email.clicked' ? { url: h.url } : {}),
  ...(h.kind === 'email.opened' || h.kind === 'email.clicked'
    ? { user_agent: clientOf(h).agent, client_ip: clientOf(h).ip }
    : {}),
})
