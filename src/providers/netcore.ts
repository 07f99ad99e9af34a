/**
 * Netcore Email API, formerly Pepipost. Nothing is signed and no credential is documented: the sender is verified by a secret in
 * the webhook's URL, which the operator chooses. So anyone who has seen that URL can forge deliveries. The body is not covered.
 * URLs end up in logs of proxies: give the secret a parameter of its own and rotate it.
 *
 * Before Netcore saves a URL, it tests it with a HEAD, or else with a POST of an empty list. An older page names a network of
 * Netcore's and newer ones do not, so none is built in.
 *
 * @see https://emaildocs.netcorecloud.com/docs/repository-outline and https://emaildev.netcorecloud.com/webhooks/repository/events
 * @see https://netcore.freshdesk.com/support/solutions/articles/17000065657-how-to-configure-webhooks-
 */
import type { BounceType, EventType, RejectReason } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, openArray, secondsAt, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { queryProof } from './shared/credentials.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  // At Netcore "sent" means that the receiving server has accepted the message.
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

/** Receivers report these two values. On Netcore's own pages every bounce is hard. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['HARDBOUNCE', 'hard'],
  ['SOFTBOUNCE', 'soft'],
])

/** Why a message was dropped, by a phrase in its reason. */
const DROPS: readonly (readonly [phrase: string, reason: RejectReason])[] = [
  ['unsubscri', 'unsubscribed'],
  ['hard bounce', 'bounced'],
  ['abuse', 'spam'],
  ['spam', 'spam'],
]

const CUSTOM = 'X-APIHEADER'

export const netcore = provider({
  name: 'netcore',
  title: 'Netcore',
  methods: ['POST', 'HEAD'],
  secrets: { query: 'named-values' },
  authMethods: [queryProof()],
  // Five retries over about five hours, plus a margin.
  replayWindowSeconds: 8 * 3_600,
  answerValidation: ({ method }) => (method === 'HEAD' ? { status: 200 } : undefined),
  open: openArray,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'EVENT')
  if (!isObject(item) || event === undefined) return undefined
  const type = TYPES.get(event) ?? 'email.unknown'
  const messageId = textAt(item, 'TRANSID')
  const recipient = textAt(item, 'EMAIL')
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

/** If the bounce has no type, the receiving server's SMTP code decides; without a code it is hard. */
function bounceType(item: JsonObject): BounceType {
  const type = textAt(item, 'BOUNCE_TYPE')
  if (type !== undefined) return BOUNCES.get(type.toUpperCase()) ?? 'undetermined'
  const [code] = ['RESPONSE', 'BOUNCE_REASON']
    .map((field) => codesOf(textAt(item, field)))
    .flatMap(({ smtp_code, enhanced_code }) => smtp_code ?? enhanced_code ?? [])
  return code?.startsWith('4') === true ? 'soft' : 'hard'
}

function rejectReason(event: string, reason: string | undefined): RejectReason {
  if (event === 'invalid') return 'invalid'
  const text = reason?.toLowerCase() ?? ''
  return DROPS.find(([phrase]) => text.includes(phrase))?.[1] ?? 'other'
}
