/**
 * Plunk, whose webhooks are a step of a workflow. Nothing is signed: Plunk presents what was set on the step, an `Authorization`
 * or headers of one's own, so whoever has seen one delivery can make others. What is not covered: every byte of the body.
 *
 * The body says what happened and not which event it was: a workflow has one trigger, so the URL of its step should name it
 * (`?event=email.bounce`). Without that, Plunk's own events are told by what only they hold. Only the body that Plunk makes
 * is read, not one of the operator's design.
 *
 * Plunk tries once, whatever it is answered. And its workflows let each person in only once, unless they allow re-entry.
 *
 * @see https://docs.useplunk.com/guides/webhooks and https://next-wiki.useplunk.com/concepts/webhooks
 * @see https://github.com/useplunk/plunk `WorkflowExecutionService.executeWebhook` and `controllers/Webhooks.ts`
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import {
  addressOf,
  canonical,
  cleanText,
  instantAt,
  objectAt,
  openObject,
  textAt,
  valueAt,
} from './native.ts'
import type { Draft, VerifiedBytes, Provider } from './provider.ts'
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

/** What only one event of Plunk's own holds, beside the `emailId` of them all. */
const TELLTALES = [
  ['bounceType', 'email.bounce'],
  ['complainedAt', 'email.complaint'],
  ['clickedAt', 'email.click'],
  ['openedAt', 'email.open'],
  ['deliveredAt', 'email.delivery'],
  ['sentAt', 'email.sent'],
] as const

/** Plunk hands on Amazon's words. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['Permanent', 'hard'],
  ['Transient', 'soft'],
])

export const plunk: Provider = {
  name: 'plunk',
  title: 'Plunk',
  methods: ['POST'],
  contentTypes: ['application/json'],
  secrets: { bearer_token: 'text', headers: 'named-values' },
  generated: ['bearer_token'],
  authMethods: [bearerProof(), headersProof()],
  // Nothing is sent again: how long a copy is known for one.
  replayWindowSeconds: 26 * 3_600,
  open: openObject,
  read,
}

function read(item: unknown, { query }: VerifiedBytes): readonly Draft[] | undefined {
  if (!isObject(item) || !isObject(item['contact']) || !isObject(item['execution'])) return undefined
  const event = objectAt(item, 'event')
  const word = cleanText(query.get('event')) ?? telltale(event)
  const type = TYPES.get(word ?? '') ?? 'email.unknown'
  const execution = textAt(item, 'execution', 'id')
  return [
    {
      type,
      native_type: word ?? 'unnamed',
      // The event lets its execution begin, and is told when the step is reached.
      occurredAtMs: instantAt(item, 'execution', 'startedAt'),
      identity: [word, execution ?? canonical(item)],
      provider_event_id: execution,
      message_id: textAt(event, 'emailId') ?? textAt(event, 'messageId'),
      // The person of an inbound message is who wrote it.
      recipient: addressOf(type === 'email.inbound' ? textAt(event, 'to') : textAt(item, 'contact', 'email')),
      bounce_type:
        type === 'email.bounced'
          ? (BOUNCES.get(textAt(event, 'bounceType') ?? '') ?? 'undetermined')
          : undefined,
      reason: textAt(event, 'reason'),
      url: textAt(event, 'link'),
      campaign_id: textAt(event, 'campaignId') ?? textAt(event, 'templateId'),
    },
  ]
}

/** Events of the operator's own may hold anything; Plunk's name the message. */
const telltale = (event: unknown): string | undefined =>
  textAt(event, 'emailId') === undefined
    ? undefined
    : TELLTALES.find(([field]) => valueAt(event, field) !== undefined)?.[1]
