/** Brevo: nothing signed, Basic credentials; one object, or an array if calls are batched. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'request',
  'email.delivered': 'delivered',
  'email.deferred': 'deferred',
  'email.bounced': 'hard_bounce',
  'email.rejected': 'blocked',
  'email.failed': 'error',
  'email.opened': 'opened',
  'email.clicked': 'click',
  'email.unsubscribed': 'unsubscribed',
  'email.spam_reported': 'spam',
}

export const brevo = sender('brevo', Object.keys(WORDS), () => {
  const [username, password] = ['postern', randomBytes(18).toString('base64')]
  return {
    secrets: { basic_auth: { username, password } },
    async deliver(simulatedEvents) {
      const events = simulatedEvents.map(wording)
      return unsigned({
        body: jsonBody(events.length === 1 ? events[0] : events),
        proof: {
          authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  id: 814_119,
  event: h.kind === 'email.bounced' && h.bounce === 'soft' ? 'soft_bounce' : (WORDS[h.kind] ?? h.kind),
  email: h.recipient,
  'message-id': `<${h.messageId}>`,
  date: new Date(h.occurredAtSeconds * 1_000).toISOString().slice(0, 19).replace('T', ' '),
  ts: h.occurredAtSeconds,
  ts_event: h.occurredAtSeconds,
  ts_epoch: h.occurredAtSeconds * 1_000 + 18,
  subject: 'Your order',
  type: 'transactional',
  channel: 'email',
  tags: ['order'],
  tag: '["order"]',
  'X-Mailin-custom': '{"order":"4711"}',
  ...(h.kind === 'email.bounced'
    ? { reason: h.bounce === 'soft' ? '452 4.2.2 Mailbox full' : '550 5.1.1 User unknown' }
    : {}),
  ...(h.kind === 'email.rejected' ? { reason: 'blocked : due to blacklist user' } : {}),
  ...(h.kind === 'email.clicked' ? { link: h.url, user_agent: 'Mozilla/5.0 (simulated)' } : {}),
})
