/**
 * The Standard Webhooks scheme as several ESPs use it, under both of its header families.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { utf8 } from '../../platform/bytes.ts'
import { unixSeconds } from '../../platform/time.ts'
import { lacks } from '../presented-credentials.ts'
import type { AuthMethod, VerifiedBytes } from '../provider.ts'

/** Header families, the first one present is read. Svix wrote the scheme and its own names live on. */
const FAMILIES = ['webhook', 'svix'] as const

/** The header name under which the verified message id is handed on, whichever family it came in. */
const MESSAGE_ID = 'webhook-id'

/**
 * Reads `webhook-id`, `webhook-timestamp` and `webhook-signature`, or the three `svix-` names. Signed are id, timestamp
 * and body, each text as it came; the id is the delivery's identity, since every try is signed anew under the same id.
 */
export const standardWebhooksProof = (
  slots: readonly string[] = ['signing_secret'],
  name = 'signature',
): AuthMethod => ({
  name,
  slots,
  covers: 'body',
  credentials(delivery) {
    const { headers } = delivery
    const family = FAMILIES.find((prefix) => headers.has(`${prefix}-signature`)) ?? FAMILIES[0]
    const field = (suffix: string) => `${family}-${suffix}`
    const signatures = headers.get(field('signature'))
    if (signatures === null) return lacks('header_missing', field('signature'))
    const id = headers.get(field('id'))
    if (id === null) return lacks('header_missing', field('id'))
    if (!MESSAGE_ID_FORM.test(id)) return lacks('proof_malformed', field('id'))
    const timestamp = headers.get(field('timestamp'))
    if (timestamp === null) return lacks('header_missing', field('timestamp'))
    const signedAtSeconds = unixSeconds(timestamp)
    if (signedAtSeconds === undefined) return lacks('proof_malformed', field('timestamp'))
    return {
      scheme: 'standard-webhooks',
      slots,
      signatures,
      signed: [utf8(`${id}.${timestamp}.`), delivery.body],
      signedAtSeconds,
      identity: [utf8(id)],
      coversBody: true,
      verifiedHeaders: new Map([[MESSAGE_ID, id]]),
    }
  },
})

/** The message id that the signature covers: the same on every try. */
export const verifiedMessageId = (body: VerifiedBytes): string | undefined =>
  body.verifiedHeaders.get(MESSAGE_ID)

/**
 * Visible ASCII, so that the signed bytes are the header's bytes. Without dots, so that the signed text has one reading: of an id
 * with dots, the end could be a time, and the old time the beginning of a body.
 */
const MESSAGE_ID_FORM = /^[\x21-\x2d\x2f-\x7e]{1,256}$/
