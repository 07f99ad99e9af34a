/**
 * Amazon SNS over HTTP, and Scaleway's Topics and Events, which speaks like it: a signed envelope whose `Message` is the
 * publisher's text. Which kind of envelope it is stands in its signed `Type`, never in a header.
 *
 * The signed bytes are lines of names and values without any escape, so a line break inside a value could make one field
 * of two. Every signed field but the message itself must therefore have a form that has none.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
import { type Bytes, utf8 } from '../../platform/bytes.ts'
import { type Json, parseJsonText, parseUnverified } from '../../platform/json.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import { type NoCredentials, lacks } from '../presented-credentials.ts'
import { valueAt } from '../native.ts'
import type { AuthMethod, Opened, VerifiedBytes } from '../provider.ts'
import { scalewayRegion } from './scaleway-topic.ts'

/** What is signed of each kind of envelope, in this order; a subject only where there is one. */
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

/** Forms without a line break. */
const FORMS: ReadonlyMap<string, RegExp> = new Map([
  ['MessageId', /^[A-Za-z0-9-]{1,100}$/],
  // Amazon leaves an empty one out. Who sends it signs it.
  ['Subject', /^[^\p{Cc}]{0,256}$/u],
  ['SubscribeURL', /^[\x21-\x7e]{1,4096}$/],
  ['Timestamp', /^[0-9TZ:.+-]{1,40}$/],
  ['Token', /^[\x21-\x7e]{1,4096}$/],
  ['TopicArn', /^[A-Za-z0-9:_.-]{1,512}$/],
])

/** An envelope's fields as its body has them; believed by nobody before the signature is. */
interface SnsEnvelope {
  readonly type: string
  readonly messageId: string
  readonly message: string
  readonly timestamp: string
  readonly topicArn: string
  /** Confirmations only. */
  readonly token: string | undefined
}

/** The fields of an envelope and the bytes that its signature covers; or what is wrong with it. */
function readEnvelope(
  json: Json | undefined,
): (SnsEnvelope & { readonly signed: readonly Bytes[] }) | NoCredentials {
  const type = valueAt(json, 'Type')
  const names = typeof type === 'string' ? SIGNED.get(type) : undefined
  if (names === undefined) return lacks('proof_missing', 'Type')
  const fields = new Map<string, string>()
  for (const name of names) {
    const value = valueAt(json, name)
    // JSON made by a Lambda function has a null where SNS leaves the subject out.
    if (name === 'Subject' && (value === undefined || value === null)) continue
    if (typeof value !== 'string') return lacks('proof_missing', name)
    // A lone surrogate has no UTF-8 of its own.
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

/** Proof by the message's own signature; the topic it was published to must be one of the slot's. */
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
      // SNS keeps the id of a message on every try.
      identity: [utf8(type), utf8(messageId)],
      coversBody: true,
    }
  },
})

/**
 * What a verified envelope brings: the call that confirms a subscription, or the publisher's message as one item
 * `{id, timestamp, event}`, with the envelope's own id and time.
 */
export function openSns(body: VerifiedBytes): Opened {
  const envelope = readEnvelope(parseUnverified(body.bytes))
  if ('scheme' in envelope) return { kind: 'unreadable' }
  if (envelope.type === 'SubscriptionConfirmation') {
    const confirm = confirmationUrl(envelope)
    return confirm === undefined ? { kind: 'unreadable' } : { kind: 'handshake', confirm }
  }
  // Calling the URL of this one would subscribe again.
  if (envelope.type === 'UnsubscribeConfirmation') return { kind: 'handshake' }
  const event = parseJsonText(envelope.message)
  if (event !== undefined) {
    return { kind: 'items', items: [{ id: envelope.messageId, timestamp: envelope.timestamp, event }] }
  }
  // A plain text is somebody trying out the topic; what begins like an event and is none is not dropped.
  return /^\s*[{[]/.test(envelope.message) ? { kind: 'unreadable' } : { kind: 'items', items: [] }
}

/** Amazon's topics that may be confirmed, by partition and region. */
const TOPIC =
  /^arn:(aws|aws-us-gov|aws-cn):sns:([a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_-]{1,256}$/

/** Where a topic's subscriptions are confirmed; `undefined` for a topic of nobody whom we know. */
function confirmationHost(topicArn: string): string | undefined {
  const scaleway = scalewayRegion(topicArn)
  if (scaleway !== undefined) return `sns.mnq.${scaleway}.scaleway.com`
  const [, partition, region] = TOPIC.exec(topicArn) ?? []
  if (region === undefined) return undefined
  return `sns.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`
}

/**
 * The call that confirms a subscription, made of the topic's own region, the topic and the token. `SubscribeURL` is not
 * used: a URL from a body is never fetched. The topic has only characters that stand for themselves in a query.
 */
function confirmationUrl({ topicArn, token }: SnsEnvelope): string | undefined {
  const host = confirmationHost(topicArn)
  if (host === undefined || token === undefined) return undefined
  return `https://${host}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${encodeURIComponent(token)}`
}
