/** Azure Communication Services through Event Grid: nothing signed, a secret in the query, one array of events. */
import { createHash, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'

const DELIVERY = 'Microsoft.Communication.EmailDeliveryReportReceived'
const ENGAGEMENT = 'Microsoft.Communication.EmailEngagementTrackingReportReceived'
const TOPIC =
  '/subscriptions/simulated/resourceGroups/mail/providers/microsoft.communication/communicationservices/acs'

/** The event type, and the status or engagement type. */
const WORDS: Record<string, readonly [event: string, word: string]> = {
  'email.sent': [DELIVERY, 'Expanded'],
  'email.delivered': [DELIVERY, 'Delivered'],
  'email.bounced': [DELIVERY, 'Bounced'],
  'email.rejected': [DELIVERY, 'Suppressed'],
  'email.opened': [ENGAGEMENT, 'view'],
  'email.clicked': [ENGAGEMENT, 'click'],
}

export const azureAcs = sender('azure-acs', Object.keys(WORDS), () => {
  const code = randomBytes(24).toString('base64url')
  return {
    secrets: { query: { code } },
    async deliver(simulatedEvents) {
      return unsigned({
        body: jsonBody(simulatedEvents.map(wording)),
        query: `?code=${code}`,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'aeg-event-type': 'Notification',
          'aeg-subscription-name': 'POSTERN',
        },
      })
    },
  }
})

function wording(h: SimulatedEvent) {
  const at = new Date(h.occurredAtSeconds * 1_000).toISOString().replace('Z', '5749Z')
  // Azure has no status for a temporary failure.
  const soft = h.kind === 'email.bounced' && h.bounce === 'soft'
  const [event, word] = soft ? ([DELIVERY, 'Failed'] as const) : (WORDS[h.kind] ?? [DELIVERY, h.kind])
  return {
    id: createHash('sha256').update(JSON.stringify(h)).digest('hex').slice(0, 32),
    topic: TOPIC,
    subject: `sender/shop@example.net/message/${h.messageId}`,
    data:
      event === DELIVERY
        ? {
            sender: 'shop@example.net',
            recipient: h.recipient,
            internetMessageId: `<${h.messageId}@example.net>`,
            messageId: h.messageId,
            status: word,
            deliveryStatusDetails: {
              recipientMailServerHostName: 'mx.example.com',
              statusMessage: word === 'Delivered' ? 'OK' : '550 5.1.1 User unknown',
            },
            deliveryAttemptTimestamp: at,
          }
        : {
            sender: 'shop@example.net',
            recipient: h.recipient,
            messageId: h.messageId,
            userActionTimestamp: at,
            engagementContext: h.url ?? '',
            userAgent: 'Mozilla/5.0 (simulated)',
            engagementType: word,
          },
    eventType: event,
    dataVersion: '1.0',
    metadataVersion: '1',
    eventTime: at,
  }
}
