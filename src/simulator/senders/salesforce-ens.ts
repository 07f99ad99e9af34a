/**
 * Salesforce Marketing Cloud's Event Notification Service: HMAC over the body; batches. Receivers disagree whether the key is the
 * decoded secret or its text, so it is the one and the other in turn. Opens and clicks name the subscriber only by a number.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed, keyOf, unsigned } from '../sender.ts'
import { eventUuid, numberFor } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'TransactionalSendEvents.EmailSent',
  'email.rejected': 'TransactionalSendEvents.EmailNotSent',
  'email.bounced': 'TransactionalSendEvents.EmailBounced',
  'email.opened': 'EngagementEvents.EmailOpen',
  'email.clicked': 'EngagementEvents.EmailClick',
  'email.unsubscribed': 'EngagementEvents.EmailUnsubscribe',
}

export const salesforceEns = sender('salesforce-ens', Object.keys(WORDS), (given) => {
  const key = keyOf(given['signature_key']) ?? randomBytes(32)
  const text = key.toString('base64')
  let deliveries = 0
  return {
    secrets: { signature_key: text },
    nameless: ['email.opened', 'email.clicked'],
    async deliver(simulatedEvents) {
      const body = jsonBody(simulatedEvents.map(wording))
      const mac = createHmac('sha256', deliveries++ % 2 === 0 ? key : text).update(body)
      return signed({ body, proof: { 'x-sfmc-ens-signature': mac.digest('base64') } })
    },
    firstCall: () =>
      unsigned({ body: jsonBody({ callbackId: randomUUID(), verificationKey: randomUUID() }) }),
  }
})

const DEFINITION = '466651f2-9c28-e911-a261-78e3b50b4f00'

function wording(h: SimulatedEvent): object {
  const eventCategoryType = WORDS[h.kind] ?? `TransactionalSendEvents.${h.kind}`
  const isEngagement = eventCategoryType.startsWith('EngagementEvents')
  const ids = {
    jobId: numberFor(h.messageId, 7),
    batchId: '4153',
    listId: '44609',
    subscriberId: numberFor(h.recipient, 10),
  }
  const compositeId = `${ids.jobId}.${ids.listId}.${ids.batchId}.${ids.subscriberId}`
  return {
    eventCategoryType,
    timestampUTC: h.occurredAtSeconds * 1_000,
    compositeId: isEngagement ? compositeId : `${DEFINITION}.${compositeId}`,
    definitionKey: isEngagement ? 'NA' : 'order-confirmation',
    definitionId: isEngagement ? 'NA' : DEFINITION,
    mid: 1_447_640,
    eid: 1_447_640,
    composite: ids,
    info: isEngagement ? engagement(h) : { ...transaction(h), ...details(h) },
  }
}

const transaction = (h: SimulatedEvent) => ({
  to: h.recipient,
  subscriberKey: eventUuid({ ...h, kind: 'subscriber', messageId: '', occurredAtSeconds: 0 }),
  messageKey: h.messageId,
})

function details(h: SimulatedEvent): object {
  if (h.kind === 'email.sent') return { status: 'Sent', renderedSubject: 'Your order' }
  if (h.kind === 'email.bounced')
    return h.bounce === 'soft'
      ? { bounceCode: 'SOFT', bounceMessage: '4.2.2 Mailbox full', smtpReason: '4.2.2' }
      : { bounceCode: 'HARD', bounceMessage: '5.1.1 User Unknown', smtpReason: '5.1.1' }
  return h.kind === 'email.rejected'
    ? { reason: 'The subscriber is unsubscribed', statusCode: '1', statusMessage: 'Unsubscribed' }
    : {}
}

function engagement(h: SimulatedEvent): object {
  if (h.kind === 'email.unsubscribed')
    return {
      to: h.recipient,
      domain: 'example.com',
      unsubscribeDate: h.occurredAtSeconds * 1_000,
      unsubscribeMethod: 'Click',
    }
  const client = { ipAddress: '192.0.2.7', userAgent: 'Mozilla/5.0 (simulated)', location: {} }
  return h.kind === 'email.clicked' ? { ...client, jobUrlId: '74165311', contentLink: h.url } : client
}
