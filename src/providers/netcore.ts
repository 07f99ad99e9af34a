/**
 * Netcore Email API, formerly Pepipost. Nothing is signed and its pages name no credential: what proves the sender is a secret
 * in the webhook's URL, chosen by the operator, so whoever has seen that URL can make deliveries. What is not covered: every
 * byte of the body. URLs end up in logs of proxies: give the secret a parameter of its own and change it now and then.
 *
 * A URL is attempted with a HEAD, or else with a POST of an empty list, before Netcore keeps it. An older page names a network
 * of Netcore's and newer ones do not, so none is built in.
 *
 * @see https://emaildocs.netcorecloud.com/docs/repository-outline and https://emaildev.netcorecloud.com/webhooks/repository/events
 * @see https://netcore.freshdesk.com/support/solutions/articles/17000065657-how-to-configure-webhooks-
 */
import type { BounceType, EventType, RejectReason } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { addressOf, canonical, codesOf, openArray, secondsAt, textAt } from './native.ts'
import type { Draft, Provider } from './provider.ts'
import { queryProof } from './shared/credentials.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  // Their "sent" is what the other side has taken.
  ['sent', 'email.delivered'],
  ['delivered', 'email.delivered'],
  ['bounced', 'email.bounced'],
  ['dropped', 'email.rejected'],
  ['invalid', 'email.rejected'],
  ['opened', 'email.opened'],
  ['clicked', 'email.clicked'],
  ['unsubscribed', 'email.unsubscribed'],
  ['spam', 'email.spam_reported'],
  ['abuse', 'email.spam_reported'],
])

/** Receivers of Netcore's tell of these two words. By its own pages a bounce is a hard one. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['HARDBOUNCE', 'hard'],
  ['SOFTBOUNCE', 'soft'],
])

/** Why a message was dropped, by what its reason says. */
const DROPS: readonly (readonly [words: string, reason: RejectReason])[] = [
  ['unsubscri', 'unsubscribed'],
  ['hard bounce', 'bounced'],
  ['abuse', 'spam'],
  ['spam', 'spam'],
]

const CUSTOM = 'X-APIHEADER'

export const netcore: Provider = {
  name: 'netcore',
  title: 'Netcore',
  methods: ['POST', 'HEAD'],
  contentTypes: ['application/json'],
  secrets: { query: 'named-values' },
  authMethods: [queryProof()],
  // Five retries over about five hours, and a margin.
  replayWindowSeconds: 8 * 3_600,
  answerValidation: ({ method }) => (method === 'HEAD' ? { status: 200 } : undefined),
  open: openArray,
  read,
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'EVENT')
  if (!isObject(item) || event === undefined) return undefined
  const type = TYPES.get(event) ?? 'email.unknown'
  const messageId = textAt(item, 'TRANSID')
  const recipient = addressOf(textAt(item, 'EMAIL'))
  const occurredAtMs = secondsAt(item, 'TIMESTAMP')
  const url = textAt(item, 'URL')
  const response = textAt(item, 'RESPONSE')
  const reason = textAt(item, 'BOUNCE_REASON') ?? response
  const custom = textAt(item, CUSTOM)
  return [
    {
      type,
      native_type: event,
      occurredAtMs,
      // Netcore has no event id.
      identity:
        messageId === undefined ? [canonical(item)] : [event, messageId, recipient, occurredAtMs, url],
      message_id: messageId,
      recipient,
      bounce_type: type === 'email.bounced' ? bounceType(item) : undefined,
      reason,
      reject_reason: type === 'email.rejected' ? rejectReason(event, reason) : undefined,
      ...codesOf(response),
      url,
      user_agent: textAt(item, 'USERAGENT'),
      client_ip: textAt(item, 'IPADDRESS'),
      tags: (textAt(item, 'TAGS') ?? '')
        .split(',')
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ''),
      metadata: custom === undefined ? {} : { [CUSTOM]: custom },
    },
  ]
}

/** Without its word a bounce is what the other side's code says, and hard where there is none. */
function bounceType(item: JsonObject): BounceType {
  const word = textAt(item, 'BOUNCE_TYPE')
  if (word !== undefined) return BOUNCES.get(word.toUpperCase()) ?? 'undetermined'
  const [code] = ['RESPONSE', 'BOUNCE_REASON']
    .map((field) => codesOf(textAt(item, field)))
    .flatMap(({ smtp_code, enhanced_code }) => smtp_code ?? enhanced_code ?? [])
  return code?.startsWith('4') === true ? 'soft' : 'hard'
}

function rejectReason(event: string, reason: string | undefined): RejectReason {
  if (event === 'invalid') return 'invalid'
  const text = reason?.toLowerCase() ?? ''
  return DROPS.find(([words]) => text.includes(words))?.[1] ?? 'other'
}
