/** Signs SNS envelopes field by field, for cases that the simulated SES never sends. */
import { createSign, generateKeyPairSync } from 'node:crypto'
import { certificateFor } from '../../src/simulator/certificate.ts'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { NOW_SECONDS, posted } from './simulated-events.ts'

export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:ses-events'
export const CERTIFICATE_URL = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-test.pem'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
/** The sender of a topic: its source document and its signing certificate. */
export const account = {
  document: { provider: 'ses', secrets: { topic_arns: [TOPIC] } },
  serves: {
    [CERTIFICATE_URL]: certificateFor({
      commonName: 'sns.amazonaws.com',
      publicKey,
      privateKey,
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2049-01-01'),
    }),
  },
}

/** Members of an envelope that belong to its signature. */
export const PROOF = [
  'Type',
  'MessageId',
  'TopicArn',
  'Message',
  'Timestamp',
  'SignatureVersion',
  'Signature',
  'SigningCertURL',
]

/** Signed fields of an envelope. */
type Fields = Readonly<Record<string, string>>

export const NOTIFICATION: Fields = {
  Type: 'Notification',
  MessageId: '19ba9823-d7f2-53c1-860e-cb10e0d13dfc',
  TopicArn: TOPIC,
  Message: '{"eventType":"Send","mail":{"messageId":"m","destination":["ada@example.com"]}}\n',
  Timestamp: new Date(NOW_SECONDS * 1_000).toISOString(),
}
export const CONFIRMATION: Fields = {
  ...NOTIFICATION,
  Type: 'SubscriptionConfirmation',
  Token: '2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92',
  Message: 'You have chosen to subscribe to the topic.',
  SubscribeURL: 'https://attacker.example/?Action=ConfirmSubscription',
}

const CONFIRMATION_ORDER = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
const ORDER: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: CONFIRMATION_ORDER,
  UnsubscribeConfirmation: CONFIRMATION_ORDER,
}

const signedText = (fields: Fields): string =>
  (ORDER[fields['Type'] ?? ''] ?? [])
    .filter((name) => fields[name] !== undefined)
    .map((name) => `${name}\n${fields[name]}\n`)
    .join('')

const signatureOf = (text: string, version: '1' | '2'): string =>
  createSign(version === '1' ? 'sha1' : 'sha256')
    .update(text)
    .sign(privateKey)
    .toString('base64')

/** An envelope as SNS posts it. `sent` has fields that are sent with other values than the signed ones. */
export function envelope(fields: Fields, version: '1' | '2' = '2', sent: object = {}): OutgoingRequest {
  const body = {
    ...fields,
    SignatureVersion: version,
    Signature: signatureOf(signedText(fields), version),
    SigningCertURL: CERTIFICATE_URL,
    ...sent,
  }
  return posted(JSON.stringify(body), { 'content-type': 'text/plain; charset=UTF-8' })
}
