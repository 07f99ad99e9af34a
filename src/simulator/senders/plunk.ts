/** Plunk: nothing signed, a bearer token that is set on the workflow's step, whose URL names the trigger. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'email.sent',
  'email.delivered': 'email.delivery',
  'email.bounced': 'email.bounce',
  'email.opened': 'email.open',
  'email.clicked': 'email.click',
  'email.spam_reported': 'email.complaint',
}

export const plunk = sender('plunk', Object.keys(WORDS), (given) => {
  const token = given['bearer_token'] ?? randomBytes(24).toString('base64url')
  return {
    secrets: { bearer_token: token },
    async deliver([first]) {
      const word = first === undefined ? 'email.sent' : (WORDS[first.kind] ?? first.kind)
      return unsigned({
        body: jsonBody(first && wording(first, word)),
        query: `?event=${encodeURIComponent(word)}`,
        proof: { authorization: `Bearer ${token}` },
      })
    },
  }
})

const wording = (h: SimulatedEvent, word: string) => ({
  contact: { email: h.recipient, subscribed: true, data: { firstName: 'Simulated' } },
  workflow: { id: '0a8f5d9e-4f0e-4a8e-9a2b-6a7c1d2e3f40', name: `Tell Postern of ${word}` },
  execution: { id: eventUuid(h), startedAt: iso(h) },
  event: {
    subject: 'Your order',
    from: 'shop@example.net',
    messageId: `0100${h.messageId}`,
    emailId: h.messageId,
    templateId: null,
    campaignId: 'cmp_1',
    sourceType: 'CAMPAIGN',
    ...details(h),
  },
})

const iso = (h: SimulatedEvent): string => new Date(h.occurredAtSeconds * 1_000).toISOString()

function details(h: SimulatedEvent): object {
  const more: Record<string, object> = {
    'email.delivered': { deliveredAt: iso(h) },
    'email.opened': { openedAt: iso(h), opens: 1, isFirstOpen: true },
    'email.clicked': { link: h.url, clickedAt: iso(h), clicks: 1, isFirstClick: true },
    'email.bounced':
      h.bounce === 'soft'
        ? { bounceType: 'Transient', transientBounce: true }
        : { bounceType: 'Permanent', bouncedAt: iso(h) },
    'email.spam_reported': { complainedAt: iso(h) },
  }
  return more[h.kind] ?? { sentAt: iso(h) }
}
