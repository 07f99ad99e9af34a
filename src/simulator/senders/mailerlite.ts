/** MailerLite: HMAC over the body. One event as an object, several in a list. No event has an id, and most have no time. */
import { createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'
import { numberFor } from '../stable-ids.ts'

/** The event, and the status of the subscriber after it. */
const WORDS: Record<string, readonly [event: string, status: string]> = {
  'email.bounced': ['subscriber.bounced', 'bounced'],
  'email.spam_reported': ['subscriber.spam_reported', 'junk'],
  'email.unsubscribed': ['subscriber.unsubscribed', 'unsubscribed'],
  'email.opened': ['campaign.open', 'active'],
}

export const mailerlite = sender('mailerlite', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? randomBytes(8).toString('base64url').slice(0, 10)
  return {
    secrets: { signing_secret: secret },
    async deliver(simulated) {
      const [first, ...others] = simulated.map(wording)
      const body = jsonBody(
        others.length === 0 ? first : { events: [first, ...others], total: simulated.length },
      )
      return signed({ body, proof: { signature: createHmac('sha256', secret).update(body).digest('hex') } })
    },
  }
})

function wording(h: SimulatedEvent): object {
  const [event, status] = WORDS[h.kind] ?? [h.kind, 'active']
  // A subscriber that bounced softly stays active.
  const subscriber = subscriberOf(h, h.bounce === 'soft' ? 'active' : status)
  const account = { account_id: 2_599_924, api_version: '2025-05' }
  if (!event.startsWith('campaign.')) return { ...subscriber, event, ...account }
  const campaign = {
    id: numberFor(h.messageId, 18),
    name: 'News of the week',
    total_recipients: 100,
    preview_url: 'https://preview.example.net/1',
    date: time(h.occurredAtSeconds - 3_600),
  }
  return { type: event, subscriber, campaign }
}

function subscriberOf({ recipient, messageId, occurredAtSeconds }: SimulatedEvent, status: string): object {
  const at = time(occurredAtSeconds)
  return {
    id: numberFor(`${recipient} ${messageId}`, 18),
    email: recipient,
    status,
    source: 'api',
    sent: 5,
    opens_count: 1,
    clicks_count: 0,
    open_rate: 0.2,
    click_rate: 0,
    ip_address: null,
    subscribed_at: time(occurredAtSeconds - 86_400),
    unsubscribed_at: status === 'unsubscribed' ? at : null,
    created_at: time(occurredAtSeconds - 86_400),
    updated_at: at,
    deleted_at: null,
    forget_at: null,
    fields: { name: 'Ada', last_name: 'Byron', company: null, phone: null },
    opted_in_at: null,
    optin_ip: null,
    location: null,
  }
}

/** With microseconds, of which PHP prints six digits. */
const time = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('Z', '000Z')
