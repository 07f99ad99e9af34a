/**
 * Mailgun's older webhooks and its inbound routes: flat form fields, among which the sender's own variables stand without
 * any mark. A variable may have the name of a field of Mailgun's; then the order tells them apart.
 */
import type { EventType } from '../../event/mail-event.ts'
import { cleanText, codesOf, secondsAt, withoutBrackets } from '../native.ts'
import type { Draft } from '../provider.ts'
import type { Fields } from './forms.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['delivered', 'email.delivered'],
  ['dropped', 'email.rejected'],
  ['bounced', 'email.bounced'],
  ['opened', 'email.opened'],
  ['clicked', 'email.clicked'],
  ['unsubscribed', 'email.unsubscribed'],
  ['complained', 'email.spam_reported'],
  ['stored', 'email.inbound'],
])

/** Words in the description of a dropped message. */
const REJECT_REASONS = [
  ['previously bounced', 'bounced'],
  ['unsubscribed', 'unsubscribed'],
  ['spam', 'spam'],
  ['unable to connect', 'timed_out'],
] as const

/** Of these the last value is Mailgun's; of all others the first. */
const PROOF: ReadonlySet<string> = new Set(['timestamp', 'token', 'signature', 'parent-signature'])

/** Fields of Mailgun's own. What is none of them, and each further value of one, is a variable of the sender's. */
const NATIVE: ReadonlySet<string> = new Set([
  ...PROOF, 'event', 'recipient', 'domain', 'ip', 'country', 'region', 'city', 'user-agent', 'device-type', 'client-type',
  'client-name', 'client-os', 'campaign-id', 'campaign-name', 'mailing-list', 'url', 'h', 'code', 'error', 'notification',
  'description', 'reason', 'severity', 'message-headers', 'Message-Id', 'message-id', 'X-Mailgun-Sid', 'attachment-count',
]) // prettier-ignore
const LISTS: ReadonlySet<string> = new Set(['tag', 'X-Mailgun-Tag'])
const ATTACHMENT = /^attachment-[0-9]{1,4}$/

/** Fields of a message that an inbound route posts; its parts are no variables. */
const isRouted = (first: (name: string) => string | undefined): boolean =>
  first('event') === undefined && first('recipient') !== undefined && first('sender') !== undefined

/** @param item the fields as `formFields` gives them; after a stay in quarantine as JSON made of them */
export function readForm(item: readonly unknown[]): readonly Draft[] | undefined {
  const fields = item.filter(isField)
  const values = (name: string) => fields.filter(([key]) => key === name).map(([, value]) => value)
  const native = (name: string) => cleanText(PROOF.has(name) ? values(name).at(-1) : values(name)[0])
  const routed = isRouted(native)
  const word = native('event') ?? (routed ? 'inbound' : undefined)
  if (word === undefined) return undefined

  const type = routed ? 'email.inbound' : (TYPES.get(word) ?? 'email.unknown')
  const reason = native('error') ?? native('description') ?? native('reason')
  const code = native('code')
  const token = native('token')
  return [
    {
      type,
      native_type: word,
      occurredAtMs: secondsAt({ timestamp: native('timestamp') }, 'timestamp'),
      // Unique to the call, and the same on a retry.
      identity: [word, token],
      message_id: withoutBrackets(native('Message-Id') ?? native('message-id')),
      recipient: native('recipient'),
      bounce_type: type === 'email.bounced' ? 'hard' : undefined,
      reason,
      reject_reason: type === 'email.rejected' ? rejectReason(native('description')) : undefined,
      ...codesOf(reason),
      ...codesOf(code),
      url: native('url'),
      user_agent: native('user-agent'),
      client_ip: native('ip'),
      tags: [...LISTS]
        .flatMap(values)
        .map(cleanText)
        .filter((tag) => tag !== undefined),
      campaign_id: native('campaign-id'),
      metadata: routed ? {} : variablesOf(fields),
    },
  ]
}

const isField = (value: unknown): value is Fields[number] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')

function rejectReason(description: string | undefined): Draft['reject_reason'] {
  const text = description?.toLowerCase() ?? ''
  return REJECT_REASONS.find(([words]) => text.includes(words))?.[1] ?? 'other'
}

/** The sender's variables: unknown names, and of Mailgun's own names the values that are not Mailgun's. */
function variablesOf(fields: Fields): Record<string, string> {
  const isMailguns = ([name]: Fields[number], at: number): boolean =>
    LISTS.has(name) ||
    ATTACHMENT.test(name) ||
    (PROOF.has(name) && fields.findLastIndex(([key]) => key === name) === at) ||
    (NATIVE.has(name) && !PROOF.has(name) && fields.findIndex(([key]) => key === name) === at)
  return Object.fromEntries(fields.filter((field, at) => !isMailguns(field, at)))
}
