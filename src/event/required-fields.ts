/**
 * Fields that an event of each type must hold to be useful, for all providers. The list is as short as possible, since ESPs leave out fields
 * that one would expect: genuine clicks come without a link, and messages that were only accepted come without a name. Events of `generic`
 * sources must hold more, see `providers/shared/plain-event.ts`.
 */
import type { EventType, MailEvent } from './mail-event.ts'

type Requirement = (event: MailEvent) => boolean

/** Names the message or the person. Such an event changes the state of one of them. */
const messageOrRecipient: Requirement = ({ message_id, recipient }) =>
  message_id !== null || recipient !== null

/** Opens and clicks are counted by message and person, or by campaign, tag or the sender's own data alone. */
const anythingToCountBy: Requirement = (event) =>
  messageOrRecipient(event) ||
  event.provider_event_id !== null ||
  event.campaign_id !== null ||
  event.tags.length > 0 ||
  Object.keys(event.metadata).length > 0

/** The type alone is useful. */
const nothing: Requirement = () => true

const REQUIREMENTS: Readonly<Record<EventType, Requirement>> = {
  'email.sent': nothing,
  'email.delivered': messageOrRecipient,
  'email.bounced': messageOrRecipient,
  'email.opened': anythingToCountBy,
  'email.clicked': anythingToCountBy,
  'email.unsubscribed': messageOrRecipient,
  'email.spam_reported': messageOrRecipient,
  'email.deferred': messageOrRecipient,
  'email.rejected': messageOrRecipient,
  'email.failed': messageOrRecipient,
  'email.subscribed': messageOrRecipient,
  'email.autoresponded': messageOrRecipient,
  'email.inbound': nothing,
  'email.unknown': nothing,
}

export const hasRequiredFields = (event: MailEvent): boolean => REQUIREMENTS[event.type](event)
