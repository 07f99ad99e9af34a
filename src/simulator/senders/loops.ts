/** Loops: Standard Webhooks, one event per call, times in whole seconds. */
import { createHash, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, keyOf } from '../sender.ts'
import { standardWebhook } from '../standard-webhooks.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'campaign.email.sent',
  'email.delivered': 'email.delivered',
  'email.bounced': 'email.hardBounced',
  'email.opened': 'email.opened',
  // The click on the link is reported too, as `email.unsubscribed`. This is what it did.
  'email.unsubscribed': 'contact.unsubscribed',
  'email.subscribed': 'email.resubscribed',
  'email.spam_reported': 'email.spamReported',
}

export const loops = sender('loops', Object.keys(WORDS), (given) => {
  const key = keyOf(given['signing_secret']) ?? randomBytes(24)
  return {
    secrets: { signing_secret: `whsec_${key.toString('base64')}` },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      const event = first === undefined ? body : JSON.stringify(first)
      const id = `msg_${createHash('sha256').update(event).digest('base64url').slice(0, 27)}`
      return standardWebhook({ key, id, nowSeconds, body })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  eventName:
    h.kind === 'email.bounced' && h.bounce === 'soft' ? 'email.softBounced' : (WORDS[h.kind] ?? h.kind),
  eventTime: h.occurredAtSeconds,
  webhookSchemaVersion: '1.0.0',
  contactIdentity: { id: 'contact_1', email: h.recipient, userId: null },
  ...(h.kind === 'email.unsubscribed' ? {} : ofMessage(h)),
})

const ofMessage = (h: SimulatedEvent) => ({
  email: { id: h.messageId, emailMessageId: 'template_1', subject: 'Your order' },
  campaignId: 'campaign_1',
  ...(h.kind === 'email.sent' ? { campaignName: 'Spring', mailingLists: [] } : { sourceType: 'campaign' }),
})
