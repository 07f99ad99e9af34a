/**
 * Alibaba Cloud Direct Mail through EventBridge, whose rules hand its events (`acs.dm`) to an HTTPS target. Verified by
 * EventBridge's signature in its second version over time, URL, token and body, and by the token itself: EventBridge signs for
 * all of its customers with one key, so the target must have a token (its `Token`, a secret of the operator's), and a delivery
 * without one is refused. The first version, an HMAC under a key that comes along, is not taken. The URL is signed as the
 * target has it: behind a proxy the source has to say its `publicUrl`.
 *
 * Alibaba's page ends what is signed with the body; the code that Alibaba published for the first version puts a line feed
 * behind it, and receivers of the second take either. So does this one: both hold the same, under the same key.
 *
 * The target has to send the complete event, not a part or a template, and should retry with exponential decay: by default
 * EventBridge gives up after three tries within a minute. Events come without an id at times. Their `time` has a zone,
 * those within the data have none and are not read. The message is known by its Message-ID; the id that the API answered is in the
 * metadata, `env_id`, and is all that some feedback names it by.
 *
 * @see https://help.aliyun.com/en/eventbridge/user-guide/signature-algorithm
 * @see https://github.com/aliyun/alibabacloud-eventbridge-sdk `StringToSignBuilder`, for the first version
 * @see https://www.alibabacloud.com/help/en/eventbridge/user-guide/events-of-the-direct-mail-type
 * @see https://www.alibabacloud.com/help/en/eventbridge/user-guide/retry-and-dead-letter
 */
import type { BounceType, EventType, RejectReason } from '../event/mail-event.ts'
import { type Bytes, utf8 } from '../platform/bytes.ts'
import type { JsonObject } from '../platform/json.ts'
import { lacks } from './presented-credentials.ts'
import {
  addressOf,
  canonical,
  codesOf,
  instantAt,
  objectAt,
  openArray,
  textAt,
  textsAt,
  withoutBrackets,
} from './native.ts'
import type { Draft, AuthMethod, Provider } from './provider.ts'
import { URL_SLOT } from './shared/url-slot.ts'

const SLOT = 'signature_token'

const SIGNATURE = 'x-eventbridge-signature-v2'
const TIMESTAMP = 'x-eventbridge-signature-timestamp'
const HASH = 'x-eventbridge-hash-method'
const VERSION = 'x-eventbridge-signature-version'
const CERTIFICATE_URL = 'x-eventbridge-signature-url'
const TOKEN = 'x-eventbridge-signature-token'

/** What is signed of the headers, in this order, with the form that each must have. */
const SIGNED: ReadonlyMap<string, RegExp> = new Map([
  // Unix milliseconds.
  [TIMESTAMP, /^[0-9]{13}$/],
  [HASH, /^SHA256$/],
  [VERSION, /^1\.0$/],
  [CERTIFICATE_URL, /^[\x21-\x7e]{1,500}$/],
  [TOKEN, /^[\x20-\x7e]*$/],
])

const LINE_FEED = 0x0a

const eventBridgeProof: AuthMethod = {
  name: 'signature',
  slots: [SLOT],
  covers: 'body',
  credentials(delivery) {
    const { headers, url } = delivery
    const signature = headers.get(SIGNATURE)
    if (signature === null) return lacks('header_missing', SIGNATURE)
    const values = new Map<string, string>()
    for (const [name, form] of SIGNED) {
      const value = headers.get(name)
      if (value === null) return lacks('header_missing', name)
      if (!form.test(value)) return lacks('proof_malformed', name)
      values.set(name, value)
    }
    const { body } = delivery
    const lines = [url, ...[...values].map(([name, value]) => `${name}: ${value}`)]
    const signed = [utf8(`${lines.join('\n')}\n`), body]
    return {
      scheme: 'alibaba-eventbridge',
      slots: [SLOT],
      signature,
      certificateUrl: values.get(CERTIFICATE_URL) ?? '',
      token: values.get(TOKEN) ?? '',
      readings: [signed, [...signed, Uint8Array.of(LINE_FEED)]],
      signedAtSeconds: Math.floor(Number(values.get(TIMESTAMP)) / 1_000),
      identity: [withoutLineFeed(body)],
      coversBody: true,
    }
  },
}

/** A line feed at the end may have been signed or not, so a body with one is no other delivery. */
const withoutLineFeed = (body: Bytes): Uint8Array => (body.at(-1) === LINE_FEED ? body.subarray(0, -1) : body)

/** The late result of an address validation (`dm:Validator:GrayListResult`) is of no message, and stays under its own word. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['dm:Deliver:Succeed', 'email.delivered'],
  ['dm:Deliver:Fail', 'email.bounced'],
  ['dm:Trace:Open', 'email.opened'],
  ['dm:Trace:Click', 'email.clicked'],
  ['dm:Feedback:FblReport', 'email.spam_reported'],
  ['dm:Feedback:UnSubscribe', 'email.unsubscribed'],
  ['dm:Feedback:Subscribe', 'email.subscribed'],
])

/**
 * By `status`. 4 is every other failure.
 *
 * @see https://www.alibabacloud.com/help/en/direct-mail/api-dm-2015-11-23-senderstatisticsdetailbyparam
 */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  // An invalid address.
  ['2', 'hard'],
  // Taken for spam by the other side.
  ['3', 'blocked'],
])

/** What Direct Mail did not send at all, by `failed_type`; receivers tell of these words. */
const UNSENT: ReadonlyMap<string, RejectReason> = new Map([
  ['SysOutRecipientUnsubscribed', 'unsubscribed'],
  ['SysOutRecipientReportedSpam', 'spam'],
  ['SysOutRcptOnAccountLevelBounceList', 'bounced'],
])

export const alibabaDirectMail: Provider = {
  name: 'alibaba-directmail',
  title: 'Alibaba Cloud Direct Mail',
  methods: ['POST'],
  // Which it names is not documented.
  contentTypes: 'any',
  secrets: { [SLOT]: 'text', [URL_SLOT]: 'signed-url' },
  generated: [SLOT],
  authMethods: [eventBridgeProof],
  // The time is that of the request, and the page refuses after a minute, while retries go on for a day: each is signed anew.
  replayWindowSeconds: 300,
  open: openArray,
  read,
}

function read(item: unknown): readonly Draft[] | undefined {
  const word = textAt(item, 'type')
  if (word === undefined) return undefined
  const type = TYPES.get(word) ?? 'email.unknown'
  const data = objectAt(item, 'data')
  const id = textAt(item, 'id')
  const envId = textAt(data, 'env_id') ?? textAt(data, 'envid')
  const failed = type === 'email.bounced'
  const unsent = failed ? UNSENT.get(textAt(data, 'failed_type') ?? '') : undefined
  const reason = failed ? (textAt(data, 'err_msg') ?? textAt(data, 'failed_type')) : undefined
  return [
    {
      type: unsent === undefined ? type : 'email.rejected',
      native_type: word,
      occurredAtMs: instantAt(item, 'time'),
      identity: [word, id ?? canonical(data)],
      provider_event_id: id,
      // Feedback loops have names of their own for the message and the person.
      message_id: withoutBrackets(textAt(data, 'msg_id') ?? textAt(data, 'message_id')),
      recipient: addressOf(textAt(data, 'rcpt') ?? textAt(data, 'block_email')),
      bounce_type: failed && unsent === undefined ? bounceType(data, reason) : undefined,
      reject_reason: unsent,
      reason,
      ...codesOf(reason),
      url: textAt(data, 'url'),
      tags: textsAt(data, 'tag'),
      metadata: { ...objectAt(data, 'header'), ...(envId === undefined ? {} : { env_id: envId }) },
    },
  ]
}

/** Where the status does not say, the other side's code tells what may pass. */
function bounceType(data: JsonObject, reason: string | undefined): BounceType {
  const known = BOUNCES.get(textAt(data, 'status') ?? '')
  const { smtp_code, enhanced_code } = codesOf(reason)
  return known ?? ((smtp_code ?? enhanced_code)?.startsWith('4') === true ? 'soft' : 'undetermined')
}
