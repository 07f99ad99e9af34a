/** SendGrid: ECDSA P-256, DER, over timestamp and body; events separated by CRLF. */
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import { clientOf } from '../client.ts'
import { type Answer, type SimulatedEvent, answerText, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'processed',
  'email.delivered': 'delivered',
  'email.deferred': 'deferred',
  'email.bounced': 'bounce',
  'email.opened': 'open',
  'email.clicked': 'click',
  'email.spam_reported': 'spamreport',
  'email.unsubscribed': 'unsubscribe',
}

/** The answer of the send API, 22 characters without a dot, and where the mail was received. */
export const sendgridId = (messageId: string): string =>
  `${createHash('sha256').update(messageId).digest('base64url').slice(0, 22)}.recvd-5f54b5d587-79j8p-1-60B1D4A5-1.0`

export const sendgrid = sender('sendgrid', Object.keys(WORDS), () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  return {
    secrets: { public_key: spki },
    async deliver(simulatedEvents, nowSeconds) {
      const body = Buffer.from(
        `[${simulatedEvents.map((h) => JSON.stringify(wording(h))).join(',\r\n')}]\r\n`,
      )
      const timestamp = String(nowSeconds)
      const signature = createSign('sha256')
        .update(timestamp)
        .update(body)
        .sign(privateKey)
        .toString('base64')
      return signed({
        body,
        proof: {
          'x-twilio-email-event-webhook-signature': signature,
          'x-twilio-email-event-webhook-timestamp': timestamp,
        },
      })
    },
  }
})

const NOBODY: Answer = {
  code: 550,
  enhancedCode: '5.1.1',
  text: 'The email account that you attempted to reach does not exist',
}

/** Classes by enhanced code. @see twilio/sendgrid-oai@dbe0e0d */
const CLASSES: Readonly<Record<string, string>> = { '5.1.1': 'Invalid Address', '5.7.1': 'Reputation' }

const hardBounce = (answer: Answer) => ({
  type: answer.enhancedCode === NOBODY.enhancedCode ? 'bounce' : 'blocked',
  bounce_classification: CLASSES[answer.enhancedCode] ?? 'Unclassified',
  reason: answerText(answer),
  status: answer.enhancedCode,
})

const wording = (h: SimulatedEvent) => ({
  email: h.recipient,
  timestamp: h.occurredAtSeconds,
  event: WORDS[h.kind] ?? h.kind,
  'smtp-id': `<${h.messageId}>`,
  sg_message_id: sendgridId(h.messageId),
  sg_event_id: randomBytes(16).toString('base64url'),
  ...(h.campaign === undefined ? {} : { marketing_campaign_id: h.campaign }),
  ...(h.kind === 'email.bounced'
    ? h.bounce === 'soft'
      ? {
          type: 'blocked',
          bounce_classification: 'Reputation',
          reason: '421 4.7.0 Try again later',
          status: '4.7.0',
        }
      : hardBounce(h.answer ?? NOBODY)
    : {}),
  ...(h.kind === 'email.clicked' ? { url: h.url, url_offset: { index: 0, type: 'html' } } : {}),
  ...(h.kind === 'email.opened' ? { sg_content_type: 'html', sg_machine_open: clientOf(h).isMachine } : {}),
  ...(h.kind === 'email.opened' || h.kind === 'email.clicked'
    ? { useragent: clientOf(h).agent, ip: clientOf(h).ip }
    : {}),
})
