/**
 * Mandrill: base64 HMAC-SHA1 over the webhook's URL, the parameter's name and its value; the events are a form field.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'send',
  'email.delivered': 'delivered',
  'email.deferred': 'deferral',
  'email.bounced': 'hard_bounce',
  'email.rejected': 'reject',
  'email.opened': 'open',
  'email.clicked': 'click',
  'email.spam_reported': 'spam',
  'email.unsubscribed': 'unsub',
}

/**
 * The URL that the operator entered at Mandrill. The delivery may go to another one, since a proxy may be in front.
 */
const URL_AT_MANDRILL = 'https://hooks.example.net/mandrill?shop=1'

export const mandrill = sender('mandrill', Object.keys(WORDS), (given) => {
  const key = given['webhook_key'] ?? randomBytes(16).toString('base64url')
  return {
    secrets: { webhook_key: key },
    settings: { publicUrl: URL_AT_MANDRILL },
    async deliver(simulatedEvents) {
      // Mandrill escapes slashes in its JSON.
      const events = JSON.stringify(simulatedEvents.map(wording)).replaceAll('/', '\\/')
      const signature = createHmac('sha1', key)
        .update(URL_AT_MANDRILL)
        .update('mandrill_events')
        .update(events)
        .digest('base64')
      return signed({
        body: Buffer.from(new URLSearchParams({ mandrill_events: events }).toString()),
        query: '?shop=1',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': 'Mandrill-Webhook/1.0',
        },
        proof: { 'x-mandrill-signature': signature },
      })
    },
  }
})

function wording(h: SimulatedEvent): object {
  const clicked = h.kind === 'email.clicked'
  const byPerson = clicked || h.kind === 'email.opened'
  return {
    event: h.kind === 'email.bounced' && h.bounce === 'soft' ? 'soft_bounce' : (WORDS[h.kind] ?? h.kind),
    _id: h.messageId,
    ts: h.occurredAtSeconds,
    msg: {
      _id: h.messageId,
      _version: 'simulated',
      ts: h.occurredAtSeconds - 5,
      email: h.recipient,
      sender: 'shop@example.net',
      subject: 'Hello',
      state: 'sent',
      tags: ['welcome'],
      metadata: { order: '4711' },
      opens: [],
      clicks: [],
      ...details(h),
    },
    ...(byPerson ? { ip: '192.0.2.7', user_agent: 'Mozilla/5.0 (simulated)' } : {}),
    ...(clicked ? { url: h.url } : {}),
  }
}

function details(h: SimulatedEvent): object {
  if (h.kind === 'email.rejected') return { state: 'rejected', reject: { reason: 'unsub' } }
  if (h.kind === 'email.deferred')
    return {
      state: 'deferred',
      smtp_events: [{ ts: h.occurredAtSeconds, type: 'deferred', diag: '451 4.3.5 Later' }],
    }
  if (h.kind !== 'email.bounced') return {}
  return h.bounce === 'soft'
    ? { bounce_description: 'mailbox_full', diag: 'smtp;452 4.2.2 Mailbox full' }
    : { bounce_description: 'bad_mailbox', diag: 'smtp;550 5.1.1 No such user' }
}
