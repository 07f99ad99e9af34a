/**
 * Alibaba Cloud Direct Mail through EventBridge, whose rules send its events (`acs.dm`) to an HTTPS target. Verified by version 2
 * of EventBridge's signature over time, URL, token and body, and by the token itself. EventBridge signs for all of its customers
 * with one key, so the target must have a token (`Token`, a secret that the operator chooses); a delivery without one is
 * refused. Version 1, an HMAC under a key that the request itself carries, is not supported. The signature covers the URL as the
 * target has it: behind a proxy the source must set `publicUrl`.
 *
 * According to Alibaba's page the signed text ends with the body. Alibaba's code for version 1 appends a line feed, and receivers
 * of version 2 accept both. So does this one: both texts have the same content under the same key.
 *
 * The target must send the complete event, not a part or a template, and should retry with exponential backoff: by default
 * EventBridge gives up after three attempts within a minute. Some events have no id. The event's `time` has a zone; the times
 * inside the data have none and are not read. The message is identified by its Message-ID. The id that the sending API returned
 * is stored in the metadata as `env_id`; some feedback events have only that one.
 *
 * @see https://help.aliyun.com/en/eventbridge/user-guide/signature-algorithm
 * @see https://github.com/aliyun/alibabacloud-eventbridge-sdk `StringToSignBuilder`, for the first version
 * @see https://www.alibabacloud.com/help/en/eventbridge/user-guide/events-of-the-direct-mail-type
 * @see https://www.alibabacloud.com/help/en/eventbridge/user-guide/retry-and-dead-letter
 */
import type { BounceType, EventType, RejectReason } from '../event/mail-event.ts'
import { type Bytes, utf8 } from '../platform/bytes.ts'
import type { JsonObject } from '../platform/json.ts'
import { lacks } from './shared/presented-credentials.ts'
import { withoutBrackets } from '../event/message-id.ts'
import { codesOf } from '../event/cause/answer.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { canonical, instantAt, objectAt, openArray, otherIdsAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, type AuthMethod, provider } from './shared/provider.ts'
import { URL_SLOT } from './shared/slots.ts'

const SLOT = 'signature_token'

const SIGNATURE = 'x-eventbridge-signature-v2'
const TIMESTAMP = 'x-eventbridge-signature-timestamp'
const HASH = 'x-eventbridge-hash-method'
const VERSION = 'x-eventbridge-signature-version'
const CERTIFICATE_URL = 'x-eventbridge-signature-url'
const TOKEN = 'x-eventbridge-signature-token'

/** The signed headers, in this order, with the format that each must have. */
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

/** A line feed at the end may be signed or not, so the body with it and the body without it are the same delivery. */
const withoutLineFeed = (body: Bytes): Uint8Array => (body.at(-1) === LINE_FEED ? body.subarray(0, -1) : body)

/** The late result of an address validation (`dm:Validator:GrayListResult`) belongs to no message and keeps its native type. */
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
 * By `status`. 4 means any other failure.
 *
 * @see https://www.alibabacloud.com/help/en/direct-mail/api-dm-2015-11-23-senderstatisticsdetailbyparam
 */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  // An invalid address.
  ['2', 'hard'],
  // The receiving server took it for spam.
  ['3', 'blocked'],
])

/** Messages that Direct Mail did not send, by `failed_type`. The values are those that receivers report. */
const UNSENT: ReadonlyMap<string, RejectReason> = new Map([
  ['SysOutRecipientUnsubscribed', 'unsubscribed'],
  ['SysOutRecipientReportedSpam', 'spam'],
  ['SysOutRcptOnAccountLevelBounceList', 'bounced'],
])

/** By `failed_type`, or else `status`. */
const causeOf = nativeCauses({
  sysoutrecipientunsubscribed: 'unsubscribed',
  sysoutrecipientreportedspam: 'suppressed/complaint',
  sysoutrcptonaccountlevelbouncelist: 'suppressed',
  2: 'no_mailbox',
  3: 'content',
})

export const alibabaDirectMail = provider({
  name: 'alibaba-directmail',
  title: 'Alibaba Cloud Direct Mail',
  // The possible values are not documented.
  contentTypes: 'any',
  secrets: { [SLOT]: 'text', [URL_SLOT]: 'signed-url' },
  generated: [SLOT],
  authMethods: [eventBridgeProof],
  // Alibaba's page says to refuse a request after a minute, while retries go on for a day: so each attempt is signed anew.
  replayWindowSeconds: 300,
  open: openArray,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const nativeType = textAt(item, 'type')
  if (nativeType === undefined) return undefined
  const type = TYPES.get(nativeType) ?? 'email.unknown'
  const data = objectAt(item, 'data')
  const id = textAt(item, 'id')
  const envId = textAt(data, 'env_id') ?? textAt(data, 'envid')
  const failed = type === 'email.bounced'
  const unsent = failed ? UNSENT.get(textAt(data, 'failed_type') ?? '') : undefined
  const reason = failed ? (textAt(data, 'err_msg') ?? textAt(data, 'failed_type')) : undefined
  const codes = codesOf(reason)
  return [
    {
      type: unsent === undefined ? type : 'email.rejected',
      native_type: nativeType,
      occurredAtMs: instantAt(item, 'time'),
      identity: [nativeType, id ?? canonical(data)],
      provider_event_id: id,
      // Feedback loops use other names for the message and the recipient.
      message_id: withoutBrackets(textAt(data, 'msg_id') ?? textAt(data, 'message_id')),
      other_message_ids: otherIdsAt(data, 'env_id', 'envid', 'message_id'),
      recipient: textAt(data, 'rcpt') ?? textAt(data, 'block_email'),
      bounce_type: failed && unsent === undefined ? bounceType(data, reason) : undefined,
      reject_reason: unsent,
      reason,
      cause: failed ? (causeOf(textAt(data, 'failed_type')) ?? causeOf(textAt(data, 'status'))) : undefined,
      ...codes,
      smtp_code: codes.smtp_code ?? codesOf(failed ? textAt(data, 'err_code') : undefined).smtp_code,
      url: textAt(data, 'url'),
      tags: textsAt(data, 'tag'),
      metadata: { ...objectAt(data, 'header'), ...(envId === undefined ? {} : { env_id: envId }) },
    },
  ]
}

/** If the status does not decide it, the receiving server's SMTP code does. */
function bounceType(data: JsonObject, reason: string | undefined): BounceType {
  const known = BOUNCES.get(textAt(data, 'status') ?? '')
  const { smtp_code, enhanced_code } = codesOf(reason)
  return known ?? ((smtp_code ?? enhanced_code)?.startsWith('4') === true ? 'soft' : 'undetermined')
}
