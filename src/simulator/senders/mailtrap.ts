/**
 * Mailtrap: HMAC-SHA256 in hex over the body, under a key of 32 hex digits taken as text; batches in an
 * envelope.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.delivered': 'delivery',
  'email.deferred': 'suspension',
  'email.bounced': 'bounce',
  'email.rejected': 'reject',
  'email.opened': 'open',
  'email.clicked': 'click',
  'email.unsubscribed': 'unsubscribe',
  'email.spam_reported': 'spam',
}

export const mailtrap = sender('mailtrap', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? randomBytes(16).toString('hex')
  return {
    secrets: { signing_secret: secret },
    async deliver(simulatedEvents) {
      const body = jsonBody({ events: simulatedEvents.map(wording) })
      return signed({
        body,
        proof: { 'mailtrap-signature': createHmac('sha256', secret).update(body).digest('hex') },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  event: h.kind === 'email.bounced' && h.bounce === 'soft' ? 'soft bounce' : (WORDS[h.kind] ?? h.kind),
  timestamp: h.occurredAtSeconds,
  sending_stream: 'transactional',
  category: 'Password reset',
  custom_variables: { order: '4711' },
  message_id: h.messageId,
  email: h.recipient,
  event_id: eventUuid(h),
  sending_domain_name: 'example.net',
  ...details(h),
})

const CLIENT = { ip: '192.0.2.7', user_agent: 'Mozilla/5.0 (simulated)' }

function details(h: SimulatedEvent): object {
  const more: Record<string, object> = {
    'email.bounced':
      h.bounce === 'soft'
        ? { response: '452 4.2.2 Mailbox full', response_code: 452, bounce_category: 'soft' }
        : { response: 'bounced (550 5.1.1 No such user)', response_code: 550, bounce_category: 'badmailbox' },
    'email.deferred': { reason: 'Your account has reached its daily sending limit.' },
    'email.rejected': { reason: 'Recipient in suppression list. Reason: unsubscription' },
    'email.opened': CLIENT,
    'email.clicked': { ...CLIENT, url: h.url },
    'email.unsubscribed': CLIENT,
  }
  return more[h.kind] ?? {}
}
