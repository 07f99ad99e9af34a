/** Elastic Email: a GET with the event in the query, and the operator's secret beside it. */
import { createHash, randomBytes } from 'node:crypto'
import { type SimulatedEvent, sender } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'Sent',
  'email.opened': 'Opened',
  'email.clicked': 'Clicked',
  'email.bounced': 'Error',
  'email.spam_reported': 'AbuseReport',
  'email.unsubscribed': 'Unsubscribed',
}

export const elasticemail = sender('elasticemail', Object.keys(WORDS), () => {
  const token = randomBytes(24).toString('base64url')
  return {
    secrets: { query: { token } },
    async deliver([first]) {
      const event = first === undefined ? {} : wording(first)
      return {
        method: 'GET',
        query: `?${new URLSearchParams({ token, ...event }).toString()}`,
        headers: {},
        body: new Uint8Array(),
        proofHeaders: [],
        bodyIsSigned: false,
      }
    },
  }
})

const wording = (h: SimulatedEvent): Record<string, string> => ({
  from: 'shop@example.net',
  to: h.recipient,
  date: new Date(h.occurredAtSeconds * 1_000).toISOString().slice(0, 19),
  subject: 'Your order',
  status: WORDS[h.kind] ?? h.kind,
  channel: 'api',
  account: 'shop@example.net',
  messageid: h.messageId,
  transaction: createHash('sha256').update(h.messageId).digest('hex').slice(0, 32),
  ...(h.kind === 'email.bounced' ? { category: h.bounce === 'soft' ? 'GreyListed' : 'NoMailbox' } : {}),
  ...(h.kind === 'email.clicked' && h.url !== undefined ? { target: h.url } : {}),
})
