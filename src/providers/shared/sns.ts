/**
 * Amazon SNS over HTTP, and Scaleway's Topics and Events, which uses the same protocol: a signed envelope whose `Message` is the
 * publisher's text. The signed field `Type` says which kind of envelope it is; the header is never used.
 *
 * The signed bytes are lines of names and values without escapes, so a line break inside a value could split one field into
 * two. Every signed field except the message must therefore have a format that excludes line breaks.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
import { type Bytes, utf8 } from '../../platform/bytes.ts'
import { type Json, parseJsonText, parseUnverified } from '../../platform/json.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import { type NoCredentials, lacks } from './presented-credentials.ts'
import { valueAt } from './native.ts'
import type { AuthMethod, Opened, VerifiedBytes } from './provider.ts'
import { scalewayRegion } from './scaleway-topic.ts'

/** The signed fields of each kind of envelope, in this order. The subject is optional. */
const CONFIRMATION = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const
const SIGNED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['Notification', ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']],
  ['SubscriptionConfirmation', CONFIRMATION],
  ['UnsubscribeConfirmation', CONFIRMATION],
])

/** Formats without a line break. */
const FORMS: ReadonlyMap<string, RegExp> = new Map([
  ['MessageId', /^[A-Za-z0-9-]{1,100}$/],
  // Amazon omits an empty subject. A sender that includes it also signs it.
  ['Subject', /^[^\p{Cc}]{0,256}$/u],
  ['SubscribeURL', /^[\x21-\x7e]{1,4096}$/],
  ['Timestamp', /^[0-9TZ:.+-]{1,40}$/],
  ['Token', /^[\x21-\x7e]{1,4096}$/],
  ['TopicArn', /^[A-Za-z0-9:_.-]{1,512}$/],
])

/** The fields of an envelope. They are not trusted before the signature is verified. */
interface SnsEnvelope {
  readonly type: string
  readonly messageId: string
  readonly message: string
  readonly timestamp: string
  readonly topicArn: string
  /** Confirmations only. */
  readonly token: string | undefined
}

/** The fields of an envelope and the bytes that its signature covers, or what is wrong with it. */
function readEnvelope(
  json: Json | undefined,
): (SnsEnvelope & { readonly signed: readonly Bytes[] }) | NoCredentials {
  const type = valueAt(json, 'Type')
  const names = typeof type === 'string' ? SIGNED.get(type) : undefined
  if (names === undefined) return lacks('proof_missing', 'Type')
  const fields = new Map<string, string>()
  for (const name of names) {
    const value = valueAt(json, name)
    // JSON made by a Lambda function has null where SNS omits the subject.
    if (name === 'Subject' && (value === undefined || value === null)) continue
    if (typeof value !== 'string') return lacks('proof_missing', name)
    // A lone surrogate cannot be encoded in UTF-8.
    if (!value.isWellFormed() || FORMS.get(name)?.test(value) === false) return lacks('proof_malformed', name)
    fields.set(name, value)
  }
  const field = (name: string) => fields.get(name) ?? ''
  return {
    type: field('Type'),
    messageId: field('MessageId'),
    message: field('Message'),
    timestamp: field('Timestamp'),
    topicArn: field('TopicArn'),
    token: fields.get('Token'),
    signed: [...fields].map(([name, value]) => utf8(`${name}\n${value}\n`)),
  }
}

/** Verification by the message's signature. The slot must list the topic of the message. */
export const snsProof = (slot = 'topic_arns'): AuthMethod => ({
  name: 'signature',
  slots: [slot],
  covers: 'body',
  credentials({ body }) {
    const json = parseUnverified(body)
    const envelope = readEnvelope(json)
    if ('scheme' in envelope) return envelope
    const [version, signature, certificateUrl] = ['SignatureVersion', 'Signature', 'SigningCertURL'].map(
      (name) => valueAt(json, name),
    )
    if (typeof version !== 'string') return lacks('proof_missing', 'SignatureVersion')
    if (typeof signature !== 'string') return lacks('proof_missing', 'Signature')
    if (typeof certificateUrl !== 'string') return lacks('proof_missing', 'SigningCertURL')
    const signedAtMs = rfc3339Ms(envelope.timestamp)
    if (signedAtMs === undefined) return lacks('proof_malformed', 'Timestamp')
    const { type, messageId, topicArn, signed } = envelope
    return {
      scheme: 'sns',
      slots: [slot],
      version,
      signature,
      certificateUrl,
      topicArn,
      signed,
      signedAtSeconds: Math.floor(signedAtMs / 1_000),
      // SNS keeps the id of a message on every attempt.
      identity: [utf8(type), utf8(messageId)],
      coversBody: true,
    }
  },
})

/**
 * Opens a verified envelope: the URL that confirms a subscription, or the publisher's message as one item
 * `{id, timestamp, event}` with the id and time of the envelope.
 */
export function openSns(body: VerifiedBytes): Opened {
  const envelope = readEnvelope(parseUnverified(body.bytes))
  if ('scheme' in envelope) return { kind: 'unreadable' }
  if (envelope.type === 'SubscriptionConfirmation') {
    const confirm = confirmationUrl(envelope)
    return confirm === undefined ? { kind: 'unreadable' } : { kind: 'handshake', confirm }
  }
  // Calling the URL in this envelope would subscribe again.
  if (envelope.type === 'UnsubscribeConfirmation') return { kind: 'handshake' }
  const event = parseJsonText(envelope.message)
  if (event !== undefined) {
    return { kind: 'items', items: [{ id: envelope.messageId, timestamp: envelope.timestamp, event }] }
  }
  // Plain text is a manual test of the topic. Broken JSON may be an event, so it is not dropped.
  return /^\s*[{[]/.test(envelope.message) ? { kind: 'unreadable' } : { kind: 'items', items: [] }
}

/** Amazon's topics whose subscriptions may be confirmed, by partition and region. */
const TOPIC =
  /^arn:(aws|aws-us-gov|aws-cn|aws-eusc):sns:([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_-]{1,256}$/

/** Where a partition has another suffix than `amazonaws.com`. */
const SUFFIXES: ReadonlyMap<string | undefined, string> = new Map([
  ['aws-cn', 'amazonaws.com.cn'],
  ['aws-eusc', 'amazonaws.eu'],
])

/** The host that confirms a topic's subscriptions; `undefined` for a topic of an unknown service. */
function confirmationHost(topicArn: string): string | undefined {
  const scaleway = scalewayRegion(topicArn)
  if (scaleway !== undefined) return `sns.mnq.${scaleway}.scaleway.com`
  const [, partition, region] = TOPIC.exec(topicArn) ?? []
  if (region === undefined) return undefined
  return `sns.${region}.${SUFFIXES.get(partition) ?? 'amazonaws.com'}`
}

/**
 * The URL that confirms a subscription, built from the topic, its region and the token. `SubscribeURL` is not used: a URL
 * from a body is never fetched. The characters of a topic need no escape in a query.
 */
function confirmationUrl({ topicArn, token }: SnsEnvelope): string | undefined {
  const host = confirmationHost(topicArn)
  if (host === undefined || token === undefined) return undefined
  return `https://${host}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${encodeURIComponent(token)}`
}
