/**
 * The Standard Webhooks scheme as several ESPs use it, with both families of header names.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { utf8 } from '../../platform/bytes.ts'
import { unixSeconds } from '../../platform/time.ts'
import { lacks } from './presented-credentials.ts'
import type { AuthMethod, VerifiedBytes } from './provider.ts'

/** Prefixes of the header names; the first family present is read. Svix wrote the scheme, and its names are still in use. */
const FAMILIES = ['webhook', 'svix'] as const

/** The name of the verified message id in `verifiedHeaders`, for both families. */
const MESSAGE_ID = 'webhook-id'

/**
 * Reads `webhook-id`, `webhook-timestamp` and `webhook-signature`, or the three `svix-` names. The signature covers id,
 * timestamp and body as received. The id is the delivery's identity, since every attempt is signed anew under the same id.
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

/** The message id that the signature covers. It is the same on every attempt. */
export const verifiedMessageId = (body: VerifiedBytes): string | undefined =>
  body.verifiedHeaders.get(MESSAGE_ID)

/**
 * Visible ASCII, so that the signed bytes are the header's bytes. Without dots, so that the signed text has one reading: with
 * dots, the end of an id could be read as the time, and the old time as the beginning of a body.
 */
const MESSAGE_ID_FORM = /^[\x21-\x2d\x2f-\x7e]{1,256}$/
