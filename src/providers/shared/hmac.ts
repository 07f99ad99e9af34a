/**
 * Verification by an HMAC-SHA256 in a header, as most ESPs sign. The body alone is the delivery's identity, even if a time is
 * signed: some ESPs sign every attempt anew, and the others do not document it.
 */
import { type Delivery, type HmacCredentials, type NoCredentials, lacks } from './presented-credentials.ts'
import { utf8 } from '../../platform/bytes.ts'
import type { AuthMethod } from './provider.ts'
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

/** A signature over the body and a time in Unix seconds, which has its own header. */
export const timestampedHmacProof = (format: TimestampedHmac): AuthMethod => ({
  name: 'signature',
  slots: [format.slot],
  covers: 'body',
  credentials(delivery) {
    const text = delivery.headers.get(format.signature)
    if (text === null) return lacks('header_missing', format.signature)
    const timestamp = delivery.headers.get(format.timestamp)
    if (timestamp === null) return lacks('header_missing', format.timestamp)
    const signedAtSeconds = unixSeconds(timestamp)
    if (signedAtSeconds === undefined) return lacks('proof_malformed', format.timestamp)
    const signed = format.signed(timestamp, delivery)
    return {
      ...hmacSha256(format.slot, [{ text, encoding: format.encoding }], signed, delivery),
      signedAtSeconds,
    }
  },
})

export interface SharedHeaderHmac {
  /** Header names, lower case. */
  readonly signature: string
  readonly slot: string
  /** An unsigned header that repeats the time. A different time there is refused. */
  readonly repeated?: string
}

/** A hex signature over the time, a dot and the body; time and signature share one header, `t=<unix seconds>,v1=<hex>`. */
export const sharedHeaderHmacProof = (format: SharedHeaderHmac): AuthMethod => ({
  name: 'signature',
  slots: [format.slot],
  covers: 'body',
  credentials(delivery) {
    const { headers } = delivery
    const header = headers.get(format.signature)
    if (header === null) return lacks('header_missing', format.signature)
    const { timestamp, signatures } = partsOf(header)
    const signedAtSeconds = unixSeconds(timestamp)
    if (timestamp === undefined || signedAtSeconds === undefined)
      return lacks('proof_malformed', format.signature)
    const { repeated } = format
    if (repeated !== undefined && (headers.get(repeated) ?? timestamp) !== timestamp)
      return lacks('proof_malformed', repeated)
    const signed = [utf8(`${timestamp}.`), delivery.body]
    return { ...hmacSha256(format.slot, signatures, signed, delivery), signedAtSeconds }
  },
})

/** Other versions than `v1`, other parts and spaces around a part are ignored, as Lettermint's SDKs do. A second time makes it invalid. */
function partsOf(header: string) {
  const parts = header.split(',').map((part) => part.trim())
  const valuesOf = (name: string) =>
    parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1))
  const times = valuesOf('t')
  return {
    timestamp: times.length === 1 ? times[0] : undefined,
    signatures: valuesOf('v1').map((text) => ({ text, encoding: 'hex' as const })),
  }
}

/** A hex signature over the body alone, in any of the named headers. No time is signed. */
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

/** Credentials whose signed bytes contain the whole body. */
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
