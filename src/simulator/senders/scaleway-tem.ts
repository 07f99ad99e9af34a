/**
 * Scaleway Transactional Email through Topics and Events: RSA in the body, over the fields of the envelope, always version 1. Each
 * simulated account has its own certificate under Scaleway's one authority.
 */
import { type KeyObject, createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import { certificateFor } from '../certificate.ts'
import { once } from '../once.ts'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const BUCKET = 'https://messaging.s3.fr-par.scw.cloud/fr-par/sns'
const AUTHORITY = 'Scaleway MnQ'
const VALIDITY = { notBefore: new Date('2020-01-01'), notAfter: new Date('2049-01-01') }

/** The signers and the files in which Scaleway publishes their certificates: the root, and the authority under it. */
interface Authority {
  readonly privateKey: KeyObject
  readonly trustChain: string
}

const authority = once((): Authority => {
  const root = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const own = { ...VALIDITY, publicKey, privateKey: root.privateKey }
  return {
    privateKey,
    trustChain: [
      certificateFor({ ...VALIDITY, ...root, commonName: `${AUTHORITY} Root` }),
      certificateFor({ ...own, commonName: AUTHORITY, issuerName: `${AUTHORITY} Root` }),
    ].join('\n'),
  }
})

const WORDS: Record<string, string> = {
  'email.sent': 'email_queued',
  'email.delivered': 'email_delivered',
  'email.deferred': 'email_deferred',
  'email.bounced': 'email_mailbox_not_found',
}

export const scalewayTem = sender('scaleway-tem', Object.keys(WORDS), () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const projectId = randomUUID()
  const topicArn = `arn:scw:sns:fr-par:project-${projectId}:mail-events`
  const certificateUrl = `${BUCKET}/sns_certificate_${randomUUID()}.crt`
  const certificate = certificateFor({
    ...VALIDITY,
    commonName: 'sns.mnq.fr-par.scaleway.com',
    publicKey,
    privateKey: authority().privateKey,
    issuerName: AUTHORITY,
  })
  return {
    secrets: { topic_arns: [topicArn] },
    serves: { [certificateUrl]: certificate, [`${BUCKET}/sns-trust-chain.pem`]: authority().trustChain },
    async deliver([first], nowSeconds) {
      const fields = {
        Type: 'Notification',
        MessageId: first === undefined ? projectId : eventUuid({ ...first, url: 'of the topic' }),
        TopicArn: topicArn,
        Message: JSON.stringify(first === undefined ? {} : wording(first, projectId)),
        Timestamp: iso(nowSeconds),
      }
      const signedText = (['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type'] as const)
        .map((name) => `${name}\n${fields[name]}\n`)
        .join('')
      const envelope = {
        ...fields,
        SignatureVersion: '1',
        Signature: createSign('sha1').update(signedText).sign(privateKey).toString('base64'),
        SigningCertURL: certificateUrl,
        UnsubscribeURL: 'https://sns.mnq.fr-par.scaleway.com/?Action=Unsubscribe',
      }
      return signed({
        body: jsonBody(envelope),
        headers: {
          'content-type': 'text/plain; charset=UTF-8',
          'x-amz-sns-message-type': 'Notification',
          'x-amz-sns-topic-arn': topicArn,
        },
      })
    },
  }
})

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString()

function wording(h: SimulatedEvent, projectId: string) {
  // Scaleway retries after a temporary refusal.
  const soft = h.kind === 'email.bounced' && h.bounce === 'soft'
  return {
    id: eventUuid(h),
    type: soft ? 'email_deferred' : (WORDS[h.kind] ?? h.kind),
    organization_id: '4a1f2a52-6a0c-4a0f-9f0a-0d5f3a6f9f10',
    project_id: projectId,
    domain_id: '0e4f6a3c-1c8b-4a2e-8a58-58c1ad4e7a11',
    domain_name: 'shop.example.net',
    created_at: iso(h.occurredAtSeconds),
    email_id: h.messageId,
    email_from: 'shop@shop.example.net',
    email_to: h.recipient,
    email_headers: [{ key: 'Subject', value: 'Your order' }],
    ...answerOf(h, soft),
  }
}

function answerOf(h: SimulatedEvent, soft: boolean): object {
  const at = { email_sent_at: iso(h.occurredAtSeconds) }
  if (soft || h.kind === 'email.deferred')
    return {
      ...at,
      email_next_try: iso(h.occurredAtSeconds + 300),
      email_try_count: 1,
      email_response_code: 421,
      email_response_message: '4.7.0 Try again later',
    }
  if (h.kind === 'email.bounced')
    return { ...at, email_response_code: 550, email_response_message: '5.1.1 User unknown' }
  if (h.kind === 'email.delivered')
    return { ...at, email_response_code: 250, email_response_message: '2.0.0 OK' }
  return { email_queued_at: iso(h.occurredAtSeconds) }
}
