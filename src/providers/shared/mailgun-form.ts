/**
 * Mailgun's older webhooks and its inbound routes: flat form fields, in which the sender's own variables are not marked. If a
 * variable has the name of a Mailgun field, the order tells them apart.
 */
import type { EventType } from '../../event/mail-event.ts'
import { withoutBrackets } from '../../event/message-id.ts'
import { codesOf } from '../../event/cause/answer.ts'
import { cleanText, secondsAt } from './native.ts'
import type { Draft } from './provider.ts'
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

/** Phrases in the description of a dropped message. */
const REJECT_REASONS = [
  ['previously bounced', 'bounced'],
  ['unsubscribed', 'unsubscribed'],
  ['spam', 'spam'],
  ['unable to connect', 'timed_out'],
] as const

/** For these names the last value is Mailgun's; for all others the first. */
const PROOF: ReadonlySet<string> = new Set(['timestamp', 'token', 'signature', 'parent-signature'])

/** Mailgun's own fields. Any other field, and each further value of one of these, is a variable of the sender. */
const NATIVE: ReadonlySet<string> = new Set([
  ...PROOF, 'event', 'recipient', 'domain', 'ip', 'country', 'region', 'city', 'user-agent', 'device-type', 'client-type',
  'client-name', 'client-os', 'campaign-id', 'campaign-name', 'mailing-list', 'url', 'h', 'code', 'error', 'notification',
  'description', 'reason', 'severity', 'message-headers', 'Message-Id', 'message-id', 'X-Mailgun-Sid', 'attachment-count',
]) // prettier-ignore
const LISTS: ReadonlySet<string> = new Set(['tag', 'X-Mailgun-Tag'])
const ATTACHMENT = /^attachment-[0-9]{1,4}$/

/** Whether an inbound route posted the fields. Then none of them is a variable. */
const isRouted = (first: (name: string) => string | undefined): boolean =>
  first('event') === undefined && first('recipient') !== undefined && first('sender') !== undefined

/** @param item the fields as `formFields` returns them; after quarantine, the same from JSON */
export function readForm(item: readonly unknown[]): readonly Draft[] | undefined {
  const fields = item.filter(isField)
  const values = (name: string) => fields.filter(([key]) => key === name).map(([, value]) => value)
  const native = (name: string) => cleanText(PROOF.has(name) ? values(name).at(-1) : values(name)[0])
  const routed = isRouted(native)
  const nativeType = native('event') ?? (routed ? 'inbound' : undefined)
  if (nativeType === undefined) return undefined

  const type = routed ? 'email.inbound' : (TYPES.get(nativeType) ?? 'email.unknown')
  const reason = native('error') ?? native('description') ?? native('reason')
  const code = native('code')
  const token = native('token')
  return [
    {
      type,
      native_type: nativeType,
      occurredAtMs: secondsAt({ timestamp: native('timestamp') }, 'timestamp'),
      // Unique to the call, and unchanged on a retry.
      identity: [nativeType, token],
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
  return REJECT_REASONS.find(([phrase]) => text.includes(phrase))?.[1] ?? 'other'
}

/** The sender's variables: unknown names, and under Mailgun's own names the values that are not Mailgun's. */
function variablesOf(fields: Fields): Record<string, string> {
  const isNative = ([name]: Fields[number], at: number): boolean =>
    LISTS.has(name) ||
    ATTACHMENT.test(name) ||
    (PROOF.has(name) && fields.findLastIndex(([key]) => key === name) === at) ||
    (NATIVE.has(name) && !PROOF.has(name) && fields.findIndex(([key]) => key === name) === at)
  return Object.fromEntries(fields.filter((field, at) => !isNative(field, at)))
}
