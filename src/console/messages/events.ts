/** Event types in plain words, and how they look. */
import { SIGNS, type SignName, isJudged } from '../../event/automated/signs.ts'
import type { EventType, MailEvent } from '../../event/mail-event.ts'
import type { Tone } from './tone.ts'

const WORDS = {
  'email.sent': ['sent', 'plain'],
  'email.delivered': ['delivered', 'good'],
  'email.bounced': ['bounced', 'bad'],
  'email.opened': ['opened', 'good'],
  'email.clicked': ['clicked', 'good'],
  'email.unsubscribed': ['unsubscribed', 'warn'],
  'email.spam_reported': ['spam reported', 'bad'],
  'email.deferred': ['deferred', 'warn'],
  'email.rejected': ['rejected', 'bad'],
  'email.failed': ['failed', 'bad'],
  'email.subscribed': ['subscribed', 'good'],
  'email.autoresponded': ['autoresponded', 'plain'],
  'email.inbound': ['inbound', 'plain'],
  'email.unknown': ['unknown', 'plain'],
} as const satisfies Record<EventType, readonly [word: string, tone: Tone]>

export const eventWord = (type: EventType) => WORDS[type][0]
export const eventTone = (type: EventType) => WORDS[type][1]

export const isByMachine = ({ type, automated }: Pick<MailEvent, 'type' | 'automated'>): boolean =>
  isJudged(type) && automated === true

/** With the kind of a failure, and whether a machine did it. */
export const eventWords = ({ type, bounce_type, reject_reason, automated }: MailEvent): string =>
  [eventWord(type), bounce_type ?? reject_reason, isByMachine({ type, automated }) ? 'by a machine' : null]
    .filter((word) => word !== null)
    .join(', ')

const isSign = (name: string): name is SignName => Object.hasOwn(SIGNS, name)

/** Whether a machine opened, clicked or unsubscribed, and how that is known; undefined for any other event. */
export function automatedWords({
  type,
  automated,
  automated_by: by,
}: Pick<MailEvent, 'type' | 'automated' | 'automated_by'>): string | undefined {
  if (typeof automated !== 'boolean') return isJudged(type) ? 'nobody knows' : undefined
  const { words, confidence } = SIGNS[by && isSign(by) ? by : 'esp']
  return `${automated ? 'yes' : 'no'}: ${words}${confidence === 'high' ? '' : ' (likely, not certain)'}`
}

/** When it happened, in milliseconds; where the ESP gives no time, when it was received. */
export const eventTimeMs = ({ occurred_at, received_at }: MailEvent): number =>
  Date.parse(occurred_at ?? received_at)

/** Further details of an event: how it bounced, why it was rejected, which link was clicked, and whether a machine did it. */
export const eventDetail = (event: MailEvent): string | null => {
  const kind = event.bounce_type ?? event.reject_reason
  const parts = [kind, isByMachine(event) ? 'by a machine' : null, event.reason ?? event.url].filter(
    (part) => part !== null && part !== '',
  )
  if (parts.length > 0) return parts.join(': ')
  return event.type === 'email.unknown' ? event.native_type : null
}
