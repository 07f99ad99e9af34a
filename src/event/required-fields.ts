/**
 * What an event of each type must at least hold to be of use: the payload's schema by kind of event, for all providers. It
 * asks for as little as can be, since ESPs leave out what one would think is always there: genuine clicks come without
 * their link, and messages that were only accepted come without a name. `generic` events must hold more, see
 * `providers/shared/plain-event.ts`.
 */
import type { EventType, MailEvent } from './mail-event.ts'

type Demand = (event: MailEvent) => boolean

/** Whoever acts on it must know whose message it was. */
const subject: Demand = ({ message_id, recipient }) =>
  message_id !== null || (recipient !== null && ADDRESS.test(recipient))

/** Text before and after an `@`: enough to tell an address from a placeholder, and every spelling passes. */
const ADDRESS = /[^\s@]@[^\s@]/

/** Engagement may be counted by message and person, or by campaign, tag and the sender's own data alone. */
const subjectOrCount: Demand = (event) =>
  subject(event) ||
  event.provider_event_id !== null ||
  event.campaign_id !== null ||
  event.tags.length > 0 ||
  Object.keys(event.metadata).length > 0

/** That it happened is all there is to know. */
const nothing: Demand = () => true

const DEMANDS: Readonly<Record<EventType, Demand>> = {
  'email.sent': nothing,
  'email.delivered': subject,
  'email.bounced': subject,
  'email.opened': subjectOrCount,
  'email.clicked': subjectOrCount,
  'email.unsubscribed': subject,
  'email.spam_reported': subject,
  'email.deferred': subject,
  'email.rejected': subject,
  'email.failed': subject,
  'email.subscribed': subject,
  'email.autoresponded': subject,
  'email.inbound': nothing,
  'email.unknown': nothing,
}

/** Whether the event holds what an event of its type must hold. */
export const hasRequiredFields = (event: MailEvent): boolean => DEMANDS[event.type](event)
