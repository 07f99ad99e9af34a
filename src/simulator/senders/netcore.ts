/** Netcore: nothing signed, the operator's secret in the URL; a list of flat events in capitals, numbers of 17 digits. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, sender, unsigned } from '../sender.ts'
import { numberFor } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.delivered': 'sent',
  'email.bounced': 'bounced',
  'email.rejected': 'dropped',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
  'email.unsubscribed': 'unsubscribed',
  'email.spam_reported': 'spam',
}

export const netcore = sender('netcore', Object.keys(WORDS), () => {
  const token = randomBytes(24).toString('base64url')
  return {
    secrets: { query: { token } },
    async deliver(simulatedEvents) {
      return unsigned({
        body: Buffer.from(`[${simulatedEvents.map(wording).join(',')}]`),
        query: `?token=${token}`,
      })
    },
  }
})

/** Inserts the message's number as digits, since a double would round it. */
const wording = (h: SimulatedEvent): string =>
  JSON.stringify({
    TRANSID: 0,
    RESPONSE: '',
    EMAIL: h.recipient,
    TIMESTAMP: h.occurredAtSeconds,
    FROMADDRESS: 'shop@example.net',
    EVENT: WORDS[h.kind] ?? h.kind,
    MSIZE: 2_155,
    'X-APIHEADER': 'order-17',
    TAGS: 'order',
    ...details(h),
  }).replace('"TRANSID":0', `"TRANSID":${numberFor(h.messageId, 17)}`)

function details(h: SimulatedEvent): object {
  const client = { USERAGENT: 'Mozilla/5.0 (simulated)', IPADDRESS: '192.0.2.7' }
  const more: Record<string, object> = {
    'email.delivered': { RESPONSE: 'smtp;250 2.0.0 OK' },
    'email.bounced':
      h.bounce === 'soft'
        ? { BOUNCE_TYPE: 'SOFTBOUNCE', RESPONSE: 'smtp;452 4.2.2 Mailbox full' }
        : { BOUNCE_TYPE: 'HARDBOUNCE', RESPONSE: 'smtp;550 5.1.1 User unknown' },
    'email.rejected': { RESPONSE: 'Email dropped: User suppressed due to unsubscription' },
    'email.opened': client,
    'email.clicked': { ...client, URL: h.url },
    'email.unsubscribed': client,
    'email.spam_reported': client,
  }
  return more[h.kind] ?? {}
}
