/** Where an unsubscribe or a re-subscribe holds. */
import type { EventType } from '../../event/mail-event.ts'

/** The scope `<kind>:<value>` of an unsubscribe or a re-subscribe; `undefined` without a value, and for any other event. */
export const scopeOf = (type: EventType, kind: string, value: string | undefined): string | undefined =>
  value !== undefined && (type === 'email.unsubscribed' || type === 'email.subscribed')
    ? `${kind}:${value}`
    : undefined

/**
 * The type of an event about one scope. A re-subscribe that names none changes nothing: read as one to all mail, it would lift an unsubscribe
 * from all mail.
 */
export const typeInScope = (type: EventType, scope: string | undefined): EventType =>
  type === 'email.subscribed' && scope === undefined ? 'email.unknown' : type
