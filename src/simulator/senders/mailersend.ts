/** MailerSend: HMAC over the body, which is JSON as PHP writes it, slashes escaped. No time is signed. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type Sender, type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'sent',
  'email.delivered': 'delivered',
  'email.deferred': 'deferred',
  'email.bounced': 'hard_bounced',
  'email.rejected': 'suppressed',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
  'email.unsubscribed': 'unsubscribed',
  'email.spam_reported': 'spam_complaint',
}

/** The same for all customers (symfony/symfony#63915, 2026-04-08). */
const TEST_SECRET = 'test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G'

type Wording = (h: SimulatedEvent, word: string, nowSeconds: number) => object

const sending = (wording: Wording): Sender =>
  sender('mailersend', Object.keys(WORDS), (given) => {
    const secret = given['signing_secret'] ?? randomBytes(24).toString('base64url')
    return {
      secrets: { signing_secret: secret },
      drifts: true,
      async deliver([first], nowSeconds) {
        const words = first?.isDrifted === true ? drifted : wording
        const json = JSON.stringify(first === undefined ? {} : words(first, wordOf(first), nowSeconds))
        const body = Buffer.from(json.replaceAll('/', '\\/'))
        return signed({ body, proof: { signature: createHmac('sha256', secret).update(body).digest('hex') } })
      },
      firstCall(nowSeconds) {
        const message = 'This is a ping test message'
        const body = jsonBody({ type: 'webhook.test', message, created_at: micros(nowSeconds) })
        const signature = createHmac('sha256', TEST_SECRET).update(body).digest('hex')
        return signed({ body, proof: { signature } })
      },
    }
  })

const wordOf = (h: SimulatedEvent): string =>
  h.kind === 'email.bounced' && h.bounce === 'soft' ? 'soft_bounced' : (WORDS[h.kind] ?? h.kind)

/** Version 2, which is what MailerSend sends today. */
export const mailersend = sending(version2)

/** Version 1, which ended on 2026-12-01. */
export const mailersendV1 = sending(version1)

function version2(h: SimulatedEvent, word: string): object {
  return {
    type: `activity.${word}`,
    created_at: micros(h.occurredAtSeconds),
    data: {
      id: objectId(h),
      domain_id: '7z3m5jgrogdpyo6n',
      message_id: h.messageId,
      email_id: objectId({ ...h, kind: 'email' }),
      // A complaint has another word here than in the event's type.
      type: word === 'spam_complaint' ? 'spam_complaints' : word,
      subject: 'Your order',
      recipient: h.recipient,
      tags: ['order'],
      meta: metaOf(h),
    },
    webhook_id: '2vywj2lpn42kw74j',
  }
}

/** Invented: a next version, as unlike version 2 as that is unlike version 1. */
function drifted(h: SimulatedEvent, word: string): object {
  return {
    type: `activity.${word}`,
    sent_at: micros(h.occurredAtSeconds),
    activity: {
      uid: objectId(h),
      message: { ref: h.messageId, subject: 'Your order' },
      to: { address: h.recipient, name: null },
      labels: ['order'],
      details: metaOf(h),
    },
  }
}

const CLIENT = {
  ip: '192.0.2.7',
  country: 'NL',
  user_agent: 'Mozilla/5.0 (simulated)',
  device_type: 'desktop',
  browser: 'Simulated',
}

/** An empty list, as PHP writes an empty map, if there is nothing to say. */
function metaOf(h: SimulatedEvent): object {
  const more: Record<string, object> = {
    'email.bounced':
      h.bounce === 'soft'
        ? { bounce_reason: 'Mailbox full', bounce_code: 452, bounce_type: 'soft' }
        : { bounce_reason: 'Host or domain name not found', bounce_code: 550, bounce_type: 'hard' },
    'email.rejected': { suppression_reason: 'on_hold' },
    'email.unsubscribed': { unsubscribe_reason: 'NO_LONGER_WANT' },
    'email.opened': CLIENT,
    'email.clicked': { ...CLIENT, url: h.url },
  }
  return more[h.kind] ?? []
}

function version1(h: SimulatedEvent, word: string, nowSeconds: number): object {
  return {
    type: `activity.${word}`,
    domain_id: '7z3m5jgrogdpyo6n',
    created_at: micros(nowSeconds),
    webhook_id: '2vywj2lpn42kw74j',
    url: 'https://postern.example/hooks/shop',
    data: {
      object: 'activity',
      id: objectId(h),
      type: word,
      created_at: micros(h.occurredAtSeconds),
      email: {
        object: 'email',
        id: objectId({ ...h, kind: 'email' }),
        from: 'shop@example.net',
        subject: 'Your order',
        tags: ['order'],
        message: { object: 'message', id: h.messageId },
        recipient: { object: 'recipient', email: h.recipient },
      },
      morph: morph(h),
    },
  }
}

const micros = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('Z', '000Z')

/** An ObjectId begins with the second of the activity. */
const objectId = (h: SimulatedEvent): string =>
  h.occurredAtSeconds.toString(16).padStart(8, '0') +
  createHash('sha256').update(JSON.stringify(h)).digest('hex').slice(0, 16)

function morph(h: SimulatedEvent): Record<string, unknown> | null {
  if (h.kind === 'email.opened') return { object: 'open', ip: '192.0.2.7' }
  if (h.kind === 'email.clicked') return { object: 'click', ip: '192.0.2.7', url: h.url }
  if (h.kind === 'email.bounced')
    return { object: 'recipient_bounce', reason: 'Host or domain name not found' }
  return null
}
