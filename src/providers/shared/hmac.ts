/**
 * Proof by an HMAC-SHA256 in a header, as most ESPs sign. The body alone is the delivery's identity: where a time is signed
 * too, some ESPs sign every try anew and the rest do not say.
 */
import { type Delivery, type HmacCredentials, type NoCredentials, lacks } from '../presented-credentials.ts'
import type { AuthMethod } from '../provider.ts'
import { unixSeconds } from '../../platform/time.ts'

export interface TimestampedHmac {
  /** Header names, lower case. */
  readonly signature: string
  readonly timestamp: string
  readonly slot: string
  readonly encoding: 'hex' | 'base64'
  /** The signed bytes in parts; the timestamp is the header's text, one to twelve digits. */
  readonly signed: (timestamp: string, delivery: Delivery) => readonly Uint8Array[]
}

/** A signature over a time in Unix seconds, which has a header of its own, and the body. */
export const timestampedHmacProof = (how: TimestampedHmac): AuthMethod => ({
  name: 'signature',
  slots: [how.slot],
  covers: 'body',
  credentials(delivery) {
    const text = delivery.headers.get(how.signature)
    if (text === null) return lacks('header_missing', how.signature)
    const timestamp = delivery.headers.get(how.timestamp)
    if (timestamp === null) return lacks('header_missing', how.timestamp)
    const signedAtSeconds = unixSeconds(timestamp)
    if (signedAtSeconds === undefined) return lacks('proof_malformed', how.timestamp)
    const signed = how.signed(timestamp, delivery)
    return { ...hmacSha256(how.slot, [{ text, encoding: how.encoding }], signed, delivery), signedAtSeconds }
  },
})

/** A signature in hex over the body alone, under any of the header names. No time is signed. */
export const bodyHmacProof = (headers: readonly [string, ...string[]], slot: string): AuthMethod => ({
  name: 'signature',
  slots: [slot],
  covers: 'body',
  credentials(delivery): HmacCredentials | NoCredentials {
    const texts = headers.map((name) => delivery.headers.get(name)).filter((text) => text !== null)
    if (texts.length === 0) return lacks('header_missing', headers[0])
    const signatures = texts.map((text) => ({ text, encoding: 'hex' as const }))
    return hmacSha256(slot, signatures, [delivery.body], delivery)
  },
})

/** PresentedCredentials whose signed bytes hold the whole body. */
export const hmacSha256 = (
  slot: string,
  signatures: HmacCredentials['signatures'],
  signed: readonly Uint8Array[],
  { body }: Delivery,
): HmacCredentials => ({
  scheme: 'hmac',
  hash: 'SHA-256',
  slots: [slot],
  signatures,
  signed,
  identity: [body],
  coversBody: true,
})
