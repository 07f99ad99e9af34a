/**
 * ZeptoMail (Zoho; its console now calls it Zoho CPaaS). A delivery is verified in one of two ways:
 *
 * - `producer-signature`: a base64 HMAC-SHA256 over the event notification, under the authentication key that was entered for the
 *   agent. The header's time is not signed, so it is ignored, and an old delivery cannot be told from a new one: the event's
 *   identity keeps it from counting twice. Not covered: headers, and the name of the form field.
 * - `headers`: the "authorization headers" of a webhook. They do not cover the body.
 *
 * Zoho's reference validator reads a form and signs the decoded text after the body's first `=`. The bodies that other receivers
 * verify are JSON and signed as sent. A body that begins as a JSON object is read as JSON, any other body as a form.
 *
 * The console saves a URL only if an empty, unsigned request to it is answered with 200. The method of that request is not
 * documented. It is answered without verification, since it has no content. In August 2026 one operator reported that the check is an
 * unsigned sample event as JSON in place of it (not verified by us): while the set-up is open, that is answered too.
 *
 * An event lists all addressees of its message. The recipient is known only if there is one addressee, or for a bounce or a
 * complaint. Retries are not documented. Neither is the name of the clicked link's field: the one read here is from other
 * receivers' code.
 *
 * @see https://www.zoho.com/zeptomail/help/webhooks.html
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { type Bytes, textOf } from '../platform/bytes.ts'
import { type Json, type JsonObject, isObject, parseJson, parseUnverified } from '../platform/json.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { codesOf } from '../event/cause/answer.ts'
import {
  addressOf,
  canonical,
  entriesWithout,
  instantAt,
  objectAt,
  textAt,
  textsAt,
  valueAt,
} from './shared/native.ts'
import {
  type Draft,
  type ValidationAnswer,
  type Opened,
  type VerifiedBytes,
  provider,
} from './shared/provider.ts'
import { headersProof } from './shared/credentials.ts'
import { onlyValue } from './shared/forms.ts'
import { hmacSha256 } from './shared/hmac.ts'

const SIGNATURE = 'producer-signature'

/** Native types as received and as the help pages write them, reduced to their letters. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['delivered', 'email.delivered'],
  ['softbounce', 'email.bounced'],
  ['softbounced', 'email.bounced'],
  ['hardbounce', 'email.bounced'],
  ['hardbounced', 'email.bounced'],
  ['emailopen', 'email.opened'],
  ['emaillinkclick', 'email.clicked'],
  // Zoho's spelling.
  ['fblcompliant', 'email.spam_reported'],
  ['fblcomplaint', 'email.spam_reported'],
  ['feedbackloop', 'email.spam_reported'],
])

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['softbounce', 'soft'],
  ['softbounced', 'soft'],
  ['hardbounce', 'hard'],
  ['hardbounced', 'hard'],
])

export const zeptomail = provider({
  name: 'zeptomail',
  title: 'ZeptoMail',
  methods: ['POST', 'GET', 'HEAD'],
  // The body decides what is signed, and the console's empty request has no type.
  contentTypes: 'any',
  secrets: { authentication_key: 'text', headers: 'named-values' },
  generated: ['authentication_key'],
  authMethods: [
    { name: 'signature', slots: ['authentication_key'], covers: 'body', credentials: signature },
    headersProof(),
  ],
  // Retries are not documented: one day plus a margin.
  replayWindowSeconds: 26 * 3_600,
  answerValidation,
  firstCall: { kind: 'sample event', hasForm: isSampleEvent },
  open,
  read,
})

function answerValidation({ method, body }: Delivery): ValidationAnswer | undefined {
  const saysNothing = body.byteLength === 0 || (body.byteLength === 2 && textOf(body) === '{}')
  return method !== 'POST' || saysNothing ? { status: 200 } : undefined
}

/** One event with one message and the key of the agent. A real event has a signature: answered with 200 it would be lost. */
function isSampleEvent({ headers, body }: Delivery): boolean {
  const sample = parseUnverified(body)
  if (headers.has(SIGNATURE) || !isObject(sample)) return false
  const [name, ...otherNames] = listOf(sample['event_name'])
  const [message, ...otherMessages] = listOf(sample['event_message'])
  const isOne = otherNames.length === 0 && otherMessages.length === 0
  return (
    isOne && typeof name === 'string' && isObject(message) && textAt(sample, 'mailagent_key') !== undefined
  )
}

function signature(delivery: Delivery): Presented {
  const header = delivery.headers.get(SIGNATURE)
  if (header === null) return lacks('header_missing', SIGNATURE)
  const text = signatureIn(header)
  if (text === undefined) return lacks('proof_malformed', SIGNATURE)
  const notification = notificationOf(delivery.body)
  if (notification === undefined) return lacks('proof_malformed', 'body')
  const signatures = [{ text, encoding: 'base64' as const }]
  // Several forms can have the same value, so the value is the delivery's identity.
  const identity = [notification]
  return { ...hmacSha256('authentication_key', signatures, [notification], delivery), identity }
}

/** `ts=<milliseconds>;s=<base64>;s-algorithm=HmacSHA256`, percent-encoded in part or as a whole; each part once. */
function signatureIn(header: string): string | undefined {
  const parts = (percentDecoded(header) ?? '').split(';').map((part) => part.trim())
  const valuesOf = (name: string) =>
    parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1))
  const [texts, algorithms] = [valuesOf('s'), valuesOf('s-algorithm')]
  return texts.length === 1 && algorithms.length === 1 && algorithms[0] === 'HmacSHA256'
    ? texts[0]
    : undefined
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The notification's bytes: the body if it is a JSON object, else the value of a form; `undefined` if it is neither. */
const notificationOf = (body: Bytes): Bytes | undefined =>
  body[body.findIndex((byte) => !isSpace(byte))] === OPENING_BRACE ? body : onlyValue(body)

const OPENING_BRACE = 0x7b
/** RFC 8259 section 2. */
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

function open({ bytes }: VerifiedBytes): Opened {
  const parsed = parseJson(notificationOf(bytes) ?? bytes)
  if (!isObject(parsed)) return { kind: 'unreadable' }
  const names = listOf(parsed['event_name'])
  const messages = listOf(parsed['event_message'])
  // `event_name` has one entry for all events, or one for each.
  const nameOf = (index: number): Json => names[names.length === messages.length ? index : 0] ?? null
  const items = messages.map((message, index) => ({
    event_name: nameOf(index),
    event_message: message,
    webhook_request_id: parsed['webhook_request_id'] ?? null,
  }))
  return messages.length === 0 ? { kind: 'unreadable' } : { kind: 'items', items }
}

/** Some lists of one entry are sent as the entry itself. */
const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

function read(item: unknown): readonly Draft[] | undefined {
  const message = valueAt(item, 'event_message')
  if (!isObject(message)) return undefined
  const name = textAt(item, 'event_name')
  const shared = sharedOf(item, message)
  const drafts: Draft[] = []
  for (const entry of entriesIn(message)) {
    const typeName = typeNameOf(name, textAt(entry, 'object'))
    if (typeName === undefined) return undefined
    for (const detail of oneAtLeast(listOf(valueAt(entry, 'details'))))
      drafts.push(draftOf(typeName, shared, detail))
  }
  return drafts
}

const oneAtLeast = (list: readonly Json[]): readonly Json[] => (list.length === 0 ? [{}] : list)

const entriesIn = (message: JsonObject): readonly Json[] => oneAtLeast(listOf(valueAt(message, 'event_data')))

/** The entry's own type if it is a known one, since a call may have several events; else the type of the call. */
const typeNameOf = (name: string | undefined, object: string | undefined): string | undefined =>
  object !== undefined && TYPES.has(lettersOf(object)) ? object : (name ?? object)

const lettersOf = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/g, '')

/** The common fields of all events of a message. */
interface Shared extends Pick<Draft, 'provider_event_id' | 'message_id' | 'tags' | 'metadata'> {
  /** Zoho CPaaS also has other channels. */
  readonly isMail: boolean
  /** All recipients of the message. */
  readonly addressees: readonly string[]
}

function sharedOf(item: unknown, message: JsonObject): Shared {
  const info = objectAt(message, 'email_info')
  const reference = textAt(info, 'client_reference')
  const addressees = [...listOf(info['to']), ...listOf(info['cc']), ...listOf(info['bcc'])]
    .flatMap((one) => listOf(valueAt(one, 'email_address')))
    .flatMap((one) => textsAt(one, 'address'))
  return {
    isMail: isObject(message['email_info']),
    addressees: [...new Set(addressees)],
    provider_event_id: textAt(item, 'webhook_request_id'),
    message_id: textAt(message, 'request_id'),
    tags: textsAt(info, 'tag'),
    metadata: reference === undefined ? {} : { client_reference: reference },
  }
}

function draftOf(name: string, { isMail, addressees, ...shared }: Shared, detail: Json): Draft {
  const key = lettersOf(name)
  const recipient = recipientOf(addressees, detail)
  const diagnosis = textAt(detail, 'diagnostic_message')
  const type = isMail ? TYPES.get(key) : undefined
  return {
    ...shared,
    type: type ?? 'email.unknown',
    native_type: name,
    occurredAtMs: instantAt(detail, 'time'),
    // ZeptoMail has no event id: `webhook_request_id` is the id of the call.
    identity: [
      key,
      shared.message_id,
      recipient,
      canonical(isObject(detail) ? entriesWithout(detail, REDATED) : detail),
    ],
    recipient,
    bounce_type: type === undefined ? undefined : BOUNCES.get(key),
    reason: diagnosis ?? textAt(detail, 'reason'),
    ...codesOf(diagnosis),
    url: textAt(detail, 'clicked_link'),
    client_ip: textAt(detail, 'ip_location_info', 'ip_address'),
  }
}

/** Fields of a detail that may change between two attempts. The event's own time is none of them. */
const REDATED: ReadonlySet<string> = new Set(['modified_time'])

/** The address that bounced or complained, else the only recipient of the message; null if there are several. */
function recipientOf(addressees: readonly string[], detail: Json): Draft['recipient'] {
  const bounced = addressOf(textAt(detail, 'bounced_recipient'))
  if (bounced !== undefined) return bounced
  const named = [...new Set(textsAt(detail, 'to'))]
  const [only, ...others] = named.length > 0 ? named : addressees
  return others.length === 0 ? addressOf(only) : null
}
