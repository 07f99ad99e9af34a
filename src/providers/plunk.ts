/**
 * Plunk, whose webhooks are a step of a workflow. Nothing is signed: Plunk sends the `Authorization` or the custom headers that
 * were set on the step. So anyone who has seen one delivery can forge others. The body is not covered.
 *
 * The body does not name the event that started the workflow. A workflow has one trigger, so the URL of its step should name it
 * (`?event=email.bounce`). Without it, Plunk's own events are recognized by fields that only one of them has. Only Plunk's
 * default body is read, not a custom one.
 *
 * Plunk makes one attempt and ignores the answer. Its workflows admit each person only once, unless they allow re-entry.
 *
 * @see https://docs.useplunk.com/guides/webhooks and https://next-wiki.useplunk.com/concepts/webhooks
 * @see https://github.com/useplunk/plunk `WorkflowExecutionService.executeWebhook` and `controllers/Webhooks.ts`
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { canonical, cleanText, instantAt, objectAt, otherIdsAt, textAt, valueAt } from './shared/native.ts'
import { type Draft, type VerifiedBytes, provider } from './shared/provider.ts'
import { bearerProof, headersProof } from './shared/credentials.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email.sent', 'email.sent'],
  ['email.delivery', 'email.delivered'],
  ['email.open', 'email.opened'],
  ['email.click', 'email.clicked'],
  ['email.bounce', 'email.bounced'],
  ['email.complaint', 'email.spam_reported'],
  ['email.received', 'email.inbound'],
  ['contact.subscribed', 'email.subscribed'],
  ['contact.unsubscribed', 'email.unsubscribed'],
])

/**
 * Of `contact.unsubscribed`: Plunk itself does this after a bounce or a complaint. A bounce is an event of its own, and nobody's wish
 * (useplunk/plunk `EmailService`).
 */
const UNSUBSCRIBES: ReadonlyMap<string, EventType> = new Map([
  ['bounce', 'email.unknown'],
  ['complaint', 'email.spam_reported'],
])

/** Fields that only one of Plunk's own events has. All of them have an `emailId`. */
const DISTINCT_FIELDS = [
  ['bounceType', 'email.bounce'],
  ['complainedAt', 'email.complaint'],
  ['clickedAt', 'email.click'],
  ['openedAt', 'email.open'],
  ['deliveredAt', 'email.delivery'],
  ['sentAt', 'email.sent'],
] as const

/** Plunk passes on Amazon's values. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['Permanent', 'hard'],
  ['Transient', 'soft'],
])

export const plunk = provider({
  name: 'plunk',
  title: 'Plunk',
  secrets: { bearer_token: 'text', headers: 'named-values' },
  generated: ['bearer_token'],
  authMethods: [bearerProof(), headersProof()],
  // Nothing is retried, so this is only how long a copy is recognized.
  replayWindowSeconds: 26 * 3_600,
  read,
})

function read(item: unknown, { query }: VerifiedBytes): readonly Draft[] | undefined {
  if (!isObject(item) || !isObject(item['contact']) || !isObject(item['execution'])) return undefined
  const event = objectAt(item, 'event')
  const nativeType = cleanText(query.get('event')) ?? recognizedType(event)
  const reason = textAt(event, 'reason')
  const own = nativeType === 'contact.unsubscribed' ? UNSUBSCRIBES.get(reason ?? '') : undefined
  const type = own ?? TYPES.get(nativeType ?? '') ?? 'email.unknown'
  const execution = textAt(item, 'execution', 'id')
  return [
    {
      type,
      native_type: nativeType ?? 'unnamed',
      // The event starts the execution, and is reported when the workflow reaches the step.
      occurredAtMs: instantAt(item, 'execution', 'startedAt'),
      identity: [nativeType, execution ?? canonical(item)],
      provider_event_id: execution,
      message_id: textAt(event, 'emailId') ?? textAt(event, 'messageId'),
      other_message_ids: otherIdsAt(event, 'messageId'),
      // The contact of an inbound message is its author, not its recipient.
      recipient: type === 'email.inbound' ? textAt(event, 'to') : textAt(item, 'contact', 'email'),
      bounce_type:
        type === 'email.bounced'
          ? (BOUNCES.get(textAt(event, 'bounceType') ?? '') ?? 'undetermined')
          : undefined,
      reason,
      url: textAt(event, 'link'),
      campaign_id: textAt(event, 'campaignId') ?? textAt(event, 'templateId'),
    },
  ]
}

/** The type of one of Plunk's own events, all of which name the message. The operator's own events may have any field. */
const recognizedType = (event: unknown): string | undefined =>
  textAt(event, 'emailId') === undefined
    ? undefined
    : DISTINCT_FIELDS.find(([field]) => valueAt(event, field) !== undefined)?.[1]
