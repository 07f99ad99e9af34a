/**
 * Azure Communication Services Email through Event Grid, in its own schema or as CloudEvents 1.0. Nothing is signed: verified by
 * a secret in the URL's query, by static headers, or by a Microsoft Entra ID token. None of them covers the body, so anyone who
 * has seen the secret of one delivery can forge others. A token at least expires after an hour. Microsoft signs the tokens of
 * all its customers with the same keys, so a token is valid only for the issuer and the audience that the source sets.
 *
 * @see https://learn.microsoft.com/azure/event-grid/communication-services-email-events
 * @see https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
 * @see https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md section 4
 */
import { isObject, parseJson } from '../platform/json.ts'
import type { Delivery } from './shared/presented-credentials.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, instantAt, objectAt, otherIdsAt, textAt } from './shared/native.ts'
import { nativeCauses } from './shared/native-cause.ts'
import {
  type Draft,
  type Meaning,
  type Opened,
  type ValidationAnswer,
  type VerifiedBytes,
  provider,
} from './shared/provider.ts'
import { headersProof, jwtProof, queryProof } from './shared/credentials.ts'

const VALIDATION = 'Microsoft.EventGrid.SubscriptionValidationEvent'
const DELIVERY_REPORT = 'Microsoft.Communication.EmailDeliveryReportReceived'
const ENGAGEMENT_REPORT = 'Microsoft.Communication.EmailEngagementTrackingReportReceived'

/** Text messages, calls and chats of the same resource. */
const FOREIGN = /^Microsoft\.Communication\.(?!Email)/

/** By event type and `status` or `engagementType` in lower case: Microsoft's article and its examples spell the second differently. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  [`${DELIVERY_REPORT}/delivered`, { type: 'email.delivered' }],
  // A distribution list was expanded: each member gets a report of its own. Others count it as delivered.
  [`${DELIVERY_REPORT}/expanded`, { type: 'email.sent' }],
  [`${DELIVERY_REPORT}/bounced`, { type: 'email.bounced', bounce_type: 'hard' }],
  [`${DELIVERY_REPORT}/suppressed`, { type: 'email.rejected' }],
  [`${DELIVERY_REPORT}/filteredspam`, { type: 'email.bounced', bounce_type: 'blocked' }],
  [`${DELIVERY_REPORT}/quarantined`, { type: 'email.bounced', bounce_type: 'blocked' }],
  // Also policy and time-outs, so it suppresses nobody, whatever the server's code: a hard bounce has a status of its own.
  [`${DELIVERY_REPORT}/failed`, { type: 'email.bounced', bounce_type: 'undetermined' }],
  [`${ENGAGEMENT_REPORT}/view`, { type: 'email.opened' }],
  [`${ENGAGEMENT_REPORT}/click`, { type: 'email.clicked' }],
])

export const azureAcs = provider({
  name: 'azure-acs',
  title: 'Azure Communication Services',
  // The sample of the documentation has none.
  nameless: {
    types: ['email.opened', 'email.clicked'],
    why: 'Azure may name no address in opens and clicks.',
  },
  methods: ['POST', 'OPTIONS'],
  contentTypes: ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'],
  secrets: { jwks_url: 'jwks-url', query: 'named-values', headers: 'named-values' },
  authMethods: [jwtProof(['jwks_url'], ['issuer', 'audience']), queryProof(), headersProof()],
  settings: ['jwt'],
  // No time is signed, so this is only how long a body is remembered. Event Grid retries for 24 h.
  replayWindowSeconds: 26 * 3_600,
  // Event Grid drops an event after a 400, 401, 403 or 413, but a wrong secret on our side looks like a forgery. It retries
  // after any other status.
  statuses: { unverified: 429 },
  answerValidation,
  open,
  read,
})

/** A DNS name from the CloudEvents handshake, which the answer repeats in a header. */
const ORIGIN = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/

/** The CloudEvents handshake asks for permission to send. Each delivery is verified all the same. */
function answerValidation({ method, headers }: Delivery): ValidationAnswer | undefined {
  const origin = headers.get('webhook-request-origin')
  if (method !== 'OPTIONS' || origin === null || !ORIGIN.test(origin)) return undefined
  return { status: 200, headers: { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' } }
}

/** Event Grid's handshake is a batch of one, whose code must be returned with a 200. Its URL is never called. */
function open({ bytes }: VerifiedBytes): Opened {
  const parsed = parseJson(bytes)
  const items = Array.isArray(parsed) ? parsed : isObject(parsed) ? [parsed] : undefined
  if (items === undefined) return { kind: 'unreadable' }
  const [first] = items
  const code = textAt(first, 'data', 'validationCode')
  if (items.length === 1 && textAt(first, 'eventType') === VALIDATION && code !== undefined)
    return { kind: 'handshake', json: { validationResponse: code } }
  return { kind: 'items', items }
}

/** By the status of a delivery report. */
const causeOf = nativeCauses({
  filteredspam: 'content',
  quarantined: 'content',
  suppressed: 'suppressed',
  bounced: '~no_mailbox',
})

function read(item: unknown): readonly Draft[] | undefined {
  // CloudEvents use `type`, `source` and `time` for Event Grid's `eventType`, `topic` and `eventTime`.
  const event = textAt(item, 'eventType') ?? textAt(item, 'type')
  if (!isObject(item) || event === undefined) return undefined
  if (event === VALIDATION || FOREIGN.test(event)) return []
  const data = objectAt(item, 'data')
  const detail = textAt(data, 'status') ?? textAt(data, 'engagementType')
  const native = detail === undefined ? event : `${event}/${detail}`
  const { type, bounce_type } = MEANINGS.get(`${event}/${detail?.toLowerCase()}`) ?? {
    type: 'email.unknown' as const,
  }
  const reason = textAt(data, 'deliveryStatusDetails', 'statusMessage')
  const id = textAt(item, 'id')
  return [
    {
      type,
      native_type: native,
      occurredAtMs: occurredAtMs(item),
      // An id is unique only within its Azure source.
      identity: id === undefined ? [canonical(item)] : [textAt(item, 'topic') ?? textAt(item, 'source'), id],
      provider_event_id: id,
      message_id: textAt(data, 'messageId'),
      // The Message-ID header, in delivery reports (2025).
      other_message_ids: otherIdsAt(data, 'internetMessageId'),
      recipient: textAt(data, 'recipient'),
      bounce_type,
      reason,
      cause: causeOf(detail),
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      ...codesOf(reason),
      url: type === 'email.clicked' ? textAt(data, 'engagementContext') : undefined,
      user_agent: textAt(data, 'userAgent'),
    },
  ]
}

/** Microsoft's article and its SDK spell the fields differently. */
const TIMES = [
  ['data', 'deliveryAttemptTimeStamp'],
  ['data', 'deliveryAttemptTimestamp'],
  ['data', 'userActionTimeStamp'],
  ['data', 'userActionTimestamp'],
  ['eventTime'],
  ['time'],
] as const

const occurredAtMs = (item: unknown): number | undefined =>
  TIMES.map((path) => instantAt(item, ...path)).find((ms) => ms !== undefined)
