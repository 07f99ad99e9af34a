/**
 * Brevo. Nothing is signed: verified by Basic or bearer credentials or custom headers (brevo-node, `createWebhook`, 2026-03), which cover
 * neither a time nor the body, so anyone who has seen one delivery can forge others. Brevo publishes the networks that it calls from,
 * which compensates for some of that. Its API shows a webhook's token and headers to whoever holds the account's API key.
 *
 * The format of a batch is not documented; arrays and single objects are read. The API and some receivers write names of events without
 * `_` and with capitals (`hardBounce`). That Brevo sends them so was not seen; names are compared without either. Text messages and
 * WhatsApp share the webhook since 2026, in another `channel`. They are dropped.
 *
 * @see https://developers.brevo.com/docs/secured-webhooks and https://developers.brevo.com/docs/how-to-use-webhooks
 */
import { type JsonObject, isObject, parseJsonText } from '../platform/json.ts'
import { withoutBrackets } from '../event/message-id.ts'
import { codesOf } from '../event/cause/answer.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { canonical, millisecondsAt, openArray, secondsAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { basicProof, bearerProof, headersProof } from './shared/credentials.ts'

/** By name, without `_` and in lower case. */
const MEANINGS: ReadonlyMap<
  string,
  Pick<Draft, 'type' | 'bounce_type' | 'automated' | 'isNamedAutomated'>
> = new Map([
  ['request', { type: 'email.sent' }],
  // The API's name.
  ['sent', { type: 'email.sent' }],
  ['delivered', { type: 'email.delivered' }],
  ['deferred', { type: 'email.deferred' }],
  ['softbounce', { type: 'email.bounced', bounce_type: 'soft' }],
  ['hardbounce', { type: 'email.bounced', bounce_type: 'hard' }],
  ['invalidemail', { type: 'email.bounced', bounce_type: 'hard' }],
  ['invalid', { type: 'email.bounced', bounce_type: 'hard' }],
  ['blocked', { type: 'email.rejected', bounce_type: 'blocked' }],
  ['error', { type: 'email.failed' }],
  ['spam', { type: 'email.spam_reported' }],
  ['complaint', { type: 'email.spam_reported' }],
  ['unsubscribed', { type: 'email.unsubscribed' }],
  ['unsubscribe', { type: 'email.unsubscribed' }],
  ['opened', { type: 'email.opened' }],
  ['uniqueopened', { type: 'email.opened' }],
  // Loaded by the privacy proxy of a mail program.
  ['proxyopen', { type: 'email.opened', automated: true, isNamedAutomated: true }],
  ['uniqueproxyopen', { type: 'email.opened', automated: true, isNamedAutomated: true }],
  ['click', { type: 'email.clicked' }],
  ['clicked', { type: 'email.clicked' }],
  ['inboundemailprocessed', { type: 'email.inbound' }],
])

/** By {@link keyOf}; a blocked address, by the reject reason. */
const causeOf = nativeCauses({
  invalid: 'no_mailbox',
  blocked: 'suppressed',
  unsubscribed: 'unsubscribed',
})

const keyOf = (event: string): string => event.replaceAll('_', '').toLowerCase()

/** Changes of contacts in the marketing product. */
const NO_MESSAGE_EVENT: ReadonlySet<string> = new Set(['listaddition', 'contactupdated', 'contactdeleted'])

const CUSTOM_HEADER = 'X-Mailin-custom'
const EMAIL = 'email'

export const brevo = provider({
  name: 'brevo',
  title: 'Brevo',
  secrets: { basic_auth: 'basic', bearer_token: 'text', headers: 'named-values' },
  generated: ['bearer_token'],
  authMethods: [basicProof(), bearerProof(), headersProof()],
  // No time is signed, so this is only how long a body is remembered. Retries end 11 h 10 min after the first attempt.
  replayWindowSeconds: 13 * 3_600,
  publishedNetworks: ['1.179.112.0/20', '172.246.240.0/20'],
  // Brevo discards the event after any 5xx and any 4xx except 429. A wrong password on our side looks like a forgery.
  statuses: { unverified: 429, passing: 429, rateLimited: 429 },
  open: openArray,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  const key = keyOf(event)
  if (NO_MESSAGE_EVENT.has(key) || (textAt(item, 'channel') ?? EMAIL).toLowerCase() !== EMAIL) return []
  const meaning = MEANINGS.get(key) ?? { type: 'email.unknown' as const }
  const { type } = meaning
  const epochMs = epochMsOf(item)
  const messageId = withoutBrackets(textAt(item, 'message-id'))
  const recipient = textAt(item, 'email')
  const url = textAt(item, 'link')
  const reason = textAt(item, 'reason')
  const rejected = type === 'email.rejected' ? rejectReason(reason) : undefined
  return [
    {
      ...meaning,
      native_type: event,
      // The other times are in the account's time zone: better than none.
      occurredAtMs: epochMs ?? secondsAt(item, 'ts_event') ?? secondsAt(item, 'ts'),
      identity: epochMs === undefined ? [canonical(item)] : [event, messageId, recipient, epochMs, url],
      message_id: messageId,
      recipient,
      reason,
      reject_reason: rejected,
      cause: causeOf(rejected ?? keyOf(event)),
      ...codesOf(reason),
      url,
      user_agent: textAt(item, 'user_agent'),
      tags: tagsOf(item),
      campaign_id: textAt(item, 'camp_id'),
      metadata: metadataOf(item),
    },
  ]
}

/** Milliseconds according to Brevo. Published samples also have seconds here, which would be January 1970. */
function epochMsOf(item: JsonObject): number | undefined {
  const ms = millisecondsAt(item, 'ts_epoch')
  return ms !== undefined && ms >= 1e12 ? ms : undefined
}

/** `tags` is a list; the older `tag` is a text, a list, or a list written as a text. */
function tagsOf(item: JsonObject): string[] {
  if (item['tags'] !== undefined) return textsAt(item, 'tags')
  const tag = item['tag']
  const list = typeof tag === 'string' && tag.startsWith('[') ? parseJsonText(tag) : undefined
  return textsAt({ tag: Array.isArray(list) ? list : tag }, 'tag')
}

/** The sender's own header: usually JSON, but any text is allowed. */
function metadataOf(item: JsonObject): Record<string, unknown> | undefined {
  const text = textAt(item, CUSTOM_HEADER)
  if (text === undefined) return undefined
  const parsed = parseJsonText(text)
  return isObject(parsed) ? parsed : { [CUSTOM_HEADER]: text }
}

const rejectReason = (reason: string | undefined): Draft['reject_reason'] =>
  reason?.includes('unsubscribed') === true ? 'unsubscribed' : 'blocked'
