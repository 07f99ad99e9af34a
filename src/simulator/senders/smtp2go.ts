/** SMTP2GO: nothing signed, Basic as set on the webhook; one event as JSON. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'processed',
  'email.delivered': 'delivered',
  'email.opened': 'open',
  'email.clicked': 'click',
  'email.bounced': 'bounce',
  'email.spam_reported': 'spam',
  'email.unsubscribed': 'unsubscribe',
  'email.subscribed': 'resubscribe',
  'email.rejected': 'reject',
}

export const smtp2go = sender('smtp2go', Object.keys(WORDS), () => {
  const password = randomBytes(18).toString('base64url')
  const credentials = Buffer.from(`smtp2go:${password}`).toString('base64')
  return {
    secrets: { basic_auth: { username: 'smtp2go', password } },
    async deliver([simulated]) {
      return unsigned({
        body: jsonBody(simulated && wording(simulated)),
        proof: { authorization: `Basic ${credentials}` },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  event: WORDS[h.kind] ?? h.kind,
  time: instant(h.occurredAtSeconds),
  sendtime: instant(h.occurredAtSeconds - 5),
  sender: 'shop@example.net',
  from: 'Shop <shop@example.net>',
  from_address: 'shop@example.net',
  from_name: 'Shop',
  id: 31_337,
  'message-id': `<${eventUuid({ ...h, kind: 'email' })}@example.net>`,
  rcpt: h.recipient,
  email_id: h.messageId,
  subject: 'Hello',
  auth: 'api-simulated',
  'X-Order': '4711',
  ...details(h),
})

const instant = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z')

const CLIENT = { 'user-agent': 'Mozilla/5.0 (simulated)', 'geoip-country': 'NL', srchost: '192.0.2.7' }

function details(h: SimulatedEvent): object {
  const more: Record<string, object> = {
    'email.delivered': { message: '250 2.0.0 OK', host: 'mx.example.com' },
    'email.bounced':
      h.bounce === 'soft'
        ? { bounce: 'soft', message: '452 4.2.2 Mailbox full', host: 'mx.example.com' }
        : { bounce: 'hard', message: '550 5.1.1 No such user', host: 'mx.example.com' },
    'email.sent': { srchost: '198.51.100.9' },
    'email.opened': { ...CLIENT, 'read-secs': 5 },
    'email.clicked': { ...CLIENT, url: h.url },
    'email.rejected': { message: 'address suppressed' },
  }
  return more[h.kind] ?? {}
}
