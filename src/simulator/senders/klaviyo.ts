/**
 * Klaviyo: HMAC over the body followed by the header's time, which is five hours fast, as observed. Batches; people are named by
 * profile id.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

/** The events that name an address come first. */
const WORDS: Record<string, string> = {
  'email.unsubscribed': 'unsubscribed_from_email_marketing',
  'email.subscribed': 'subscribed_to_email_marketing',
  'email.delivered': 'received_email',
  'email.bounced': 'bounced_email',
  'email.rejected': 'dropped_email',
  'email.opened': 'opened_email',
  'email.clicked': 'clicked_email',
  'email.spam_reported': 'marked_email_as_spam',
}
const ADDRESSED: readonly string[] = ['email.unsubscribed', 'email.subscribed']

const FAST_SECONDS = 5 * 3_600

const idOf = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length)

/** Klaviyo's profile id of the person. */
export const profileOf = (recipient: string): string => `01${idOf(recipient, 24)}`

export const klaviyo = sender('klaviyo', Object.keys(WORDS), (given) => {
  const key = given['signing_secret'] ?? randomBytes(24).toString('base64url')
  const webhookId = `01${randomBytes(12).toString('hex').toUpperCase()}`
  return {
    secrets: { signing_secret: key },
    nameless: Object.keys(WORDS).filter((kind) => !ADDRESSED.includes(kind)),
    async deliver(simulatedEvents, nowSeconds) {
      const meta = {
        timestamp: `${isoSeconds(nowSeconds)}.101159+00:00`,
        klaviyo_webhook_id: webhookId,
        klaviyo_account_id: 'WBhXHN',
        version: '2024-06-28',
      }
      const body = jsonBody({ meta, data: simulatedEvents.map(wording) })
      const timestamp = new Date((nowSeconds + FAST_SECONDS) * 1_000).toUTCString()
      return signed({
        body,
        headers: { 'klaviyo-webhook-id': webhookId },
        proof: {
          'klaviyo-signature': createHmac('sha256', key).update(body).update(timestamp).digest('hex'),
          'klaviyo-timestamp': timestamp,
        },
      })
    },
  }
})

const isoSeconds = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 19)

function wording(h: SimulatedEvent): object {
  const id = idOf(JSON.stringify(h), 11)
  const profile = profileOf(h.recipient)
  const link = (path: string) => `https://a.klaviyo.com/api/events/${id}/${path}`
  const related = (type: string, to: string) => ({
    data: { type, id: to },
    links: { self: link(`relationships/${type}/`), related: link(`${type}/`) },
  })
  return {
    topic: `event:klaviyo.${WORDS[h.kind] ?? h.kind}`,
    external_id: id,
    payload: {
      data: {
        type: 'event',
        id,
        attributes: {
          timestamp: h.occurredAtSeconds,
          event_properties: {
            $ESP: 0,
            $message: h.messageId,
            $event_id: `${h.messageId}:125423419905414052533228990613763937641:${h.occurredAtSeconds}`,
            'Campaign Name': 'Daily Newsletter',
            'Email Domain': h.recipient.split('@')[1],
            Subject: 'Your order',
            ...details(h),
          },
          datetime: `${isoSeconds(h.occurredAtSeconds)}+00:00`,
          uuid: '96150200-374e-11ee-8001-a163313bc6c2',
        },
        links: { self: link('') },
        relationships: { metric: related('metric', 'SHi67A'), profile: related('profile', profile) },
      },
    },
  }
}

function details(h: SimulatedEvent): object {
  if (ADDRESSED.includes(h.kind)) return { email_address: h.recipient, method: 'PROFILE_PAGE' }
  if (h.kind === 'email.bounced') return { 'Bounce Type': h.bounce === 'soft' ? 'Soft' : 'Hard' }
  if (h.kind === 'email.opened') return { machine_open: false }
  return h.kind === 'email.clicked' ? { URL: h.url, 'Bot Click': false } : {}
}
