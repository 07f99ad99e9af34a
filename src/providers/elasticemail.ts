/**
 * Elastic Email's HTTP notifications: a GET with the whole event in the query. Nothing is signed: verified by a secret query
 * parameter in the webhook URL, which covers neither a time nor the event. So anyone who has seen one request can forge others.
 *
 * The newer signed POST hooks are not supported: no page of the vendor describes them. The format of `date` is not documented,
 * so events have the time of receipt.
 *
 * @see https://help.elasticemail.com/en/articles/4804685-notification-settings
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import type { Query } from './shared/presented-credentials.ts'
import { canonical, otherIdsAt, textAt } from './shared/native.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { type Draft, type AuthMethod, type Opened, type VerifiedBytes, provider } from './shared/provider.ts'
import { queryProof } from './shared/credentials.ts'

/** The parameters that Elastic Email adds to the URL. All others in the query are the operator's, including the secret. */
const PARAMETERS = [
  'from', 'to', 'date', 'subject', 'status', 'channel', 'account', 'category', 'messageid', 'transaction', 'target',
  'postback',
] as const // prettier-ignore

/** `Sent` may mean that the receiving server has accepted the message; the page does not say so. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['Sent', 'email.sent'],
  ['Opened', 'email.opened'],
  ['Clicked', 'email.clicked'],
  ['Error', 'email.bounced'],
  ['AbuseReport', 'email.spam_reported'],
  ['Unsubscribed', 'email.unsubscribed'],
])

/** By `category` of an error. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['NoMailbox', 'hard'],
  ['Spam', 'blocked'],
  ['BlackListed', 'blocked'],
  ['ContentFilter', 'blocked'],
  ['SPFProblem', 'blocked'],
  ['GreyListed', 'soft'],
  ['Throttled', 'soft'],
  ['Timeout', 'soft'],
  ['ConnectionProblem', 'soft'],
])

const query = queryProof()

/** The event alone is the delivery's identity. The secret beside it may be rotated between two attempts. */
const eventInQuery: AuthMethod = {
  ...query,
  credentials(delivery, settings) {
    const credentials = query.credentials(delivery, settings)
    if (credentials.scheme === 'none') return credentials
    return { ...credentials, identity: [utf8(canonical(eventOf(delivery.query)))] }
  },
}

export const elasticemail = provider({
  name: 'elasticemail',
  title: 'Elastic Email',
  methods: ['GET'],
  contentTypes: 'any',
  secrets: { query: 'named-values' },
  authMethods: [eventInQuery],
  // No time is signed, so this is only how long a request is remembered. The retry schedule is not documented.
  replayWindowSeconds: 26 * 3_600,
  open,
  read,
})

const eventOf = (query: Query): Record<string, string> =>
  Object.fromEntries(
    PARAMETERS.map((name) => [name, query.get(name)] as const).filter(
      (entry): entry is [(typeof PARAMETERS)[number], string] => entry[1] !== null,
    ),
  )

/** A request without an event is the check that Elastic Email makes when the URL is saved. */
function open({ query }: VerifiedBytes): Opened {
  const event = eventOf(query)
  return { kind: 'items', items: Object.keys(event).length === 0 ? [] : [event] }
}

/** By `category`. @see Elastic Email's help, 2300650 */
const causeOf = nativeCauses({
  nomailbox: 'no_mailbox',
  spam: 'content',
  contentfilter: 'content',
  blacklisted: 'reputation',
  throttled: 'rate_limited',
  greylisted: 'rate_limited',
  accountproblem: '~mailbox_disabled',
  dnsproblem: 'no_domain',
  spfproblem: 'authentication',
  timeout: 'unreachable',
  connectionproblem: 'unreachable',
  suppressed: 'suppressed',
})

function read(item: unknown): readonly Draft[] | undefined {
  const status = textAt(item, 'status')
  if (status === undefined) return undefined
  const type = TYPES.get(status) ?? 'email.unknown'
  const category = textAt(item, 'category')
  const postback = textAt(item, 'postback')
  return [
    {
      type,
      native_type: status,
      occurredAtMs: undefined,
      identity: [canonical(item)],
      message_id: textAt(item, 'messageid') ?? textAt(item, 'transaction'),
      other_message_ids: otherIdsAt(item, 'transaction'),
      recipient: textAt(item, 'to'),
      bounce_type: type === 'email.bounced' ? (BOUNCES.get(category ?? '') ?? 'undetermined') : undefined,
      reason: category,
      cause: type === 'email.bounced' ? causeOf(category) : undefined,
      url: textAt(item, 'target'),
      metadata: postback === undefined ? undefined : { postback },
    },
  ]
}
