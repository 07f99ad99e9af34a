/** Mailgun: HMAC-SHA256 over time and token, inside the body; a new token for every event. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { clientOf } from '../client.ts'
import { type Answer, type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'accepted',
  'email.delivered': 'delivered',
  'email.deferred': 'failed',
  'email.bounced': 'failed',
  'email.rejected': 'failed',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
  'email.unsubscribed': 'unsubscribed',
  'email.spam_reported': 'complained',
}

export const mailgun = sender('mailgun', Object.keys(WORDS), (given) => {
  const key = given['signing_key'] ?? randomBytes(16).toString('hex')
  return {
    secrets: { signing_key: key },
    async deliver([first], nowSeconds) {
      const timestamp = String(nowSeconds)
      const token = tokenOf(first, timestamp)
      const signature = createHmac('sha256', key)
        .update(timestamp + token)
        .digest('hex')
      const body = {
        signature: { token, timestamp, signature },
        'event-data': first === undefined ? {} : wording(first),
      }
      return unsigned({ body: jsonBody(body), headers: { 'user-agent': 'mailgun/simulated' } })
    },
  }
})

/** Fifty hex digits. */
const tokenOf = (simulated: SimulatedEvent | undefined, timestamp: string): string =>
  createHash('sha256')
    .update(`${timestamp} ${simulated === undefined ? '' : eventUuid(simulated)}`)
    .digest('hex')
    .slice(0, 50)

const wording = (h: SimulatedEvent) => ({
  id: eventUuid(h).replaceAll('-', '').slice(0, 22),
  // A fraction of six digits, as Mailgun writes it.
  timestamp: h.occurredAtSeconds + 0.094_891,
  'log-level': 'info',
  event: WORDS[h.kind] ?? h.kind,
  account: { id: '5f0d7c1e0c1d4b4a9d0f3a1f' },
  domain: { name: 'example.net' },
  recipient: h.recipient,
  'recipient-domain': h.recipient.split('@')[1],
  'recipient-provider': 'Other',
  message: {
    headers: { to: `Someone <${h.recipient}>`, 'message-id': h.messageId, from: 'shop@example.net' },
  },
  // An unsubscribe names what was left: all mail.
  tags: h.kind === 'email.unsubscribed' ? ['*'] : ['welcome'],
  campaigns: [],
  // An empty object is an empty list.
  'user-variables': h.kind === 'email.unsubscribed' ? [] : { order: '17' },
  storage: [],
  flags: FLAGS,
  ...details(h),
})

const FLAGS = {
  'is-authenticated': true,
  'is-routed': false,
  'is-big': false,
  'is-system-test': false,
  'is-test-mode': false,
}

const NOBODY: Answer = { code: 550, enhancedCode: '5.1.1', text: 'No such user' }

function details(h: SimulatedEvent): object {
  const person = { ...personOf(h), 'delivered-at': h.occurredAtSeconds - 30 }
  if (h.kind === 'email.clicked') return { ...person, url: h.url }
  if (h.kind === 'email.opened') return person
  if (h.kind === 'email.unsubscribed') return personOf(h)
  if (h.kind === 'email.rejected')
    return failure('permanent', 'suppress-bounce', 605, '', 'Not delivering to previously bounced address')
  if (h.kind === 'email.deferred' || (h.kind === 'email.bounced' && h.bounce === 'soft'))
    return failure('temporary', 'generic', 452, '4.2.2', 'Mailbox full')
  const { code, enhancedCode, text } = h.answer ?? NOBODY
  return h.kind === 'email.bounced' ? failure('permanent', 'bounce', code, enhancedCode, text) : {}
}

const failure = (severity: string, reason: string, code: number, enhancedCode: string, message: string) => ({
  severity,
  reason,
  'delivery-status': {
    'attempt-no': 1,
    code,
    'enhanced-code': enhancedCode === '' ? null : enhancedCode,
    message,
    description: null,
    'first-delivery-attempt-seconds': 0.066,
    ...(severity === 'temporary' ? { 'retry-seconds': 600 } : {}),
    ...(reason === 'bounce' ? { 'bounce-type': 'hard' } : {}),
  },
})

const personOf = (h: SimulatedEvent) => {
  const { agent, ip, isMachine } = clientOf(h)
  return {
    ip,
    'client-info': { 'client-type': 'browser', 'user-agent': agent, bot: isMachine ? 'generic' : null },
  }
}
