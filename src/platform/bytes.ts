/** Bytes and their texts. Decoders are strict: one spelling a value, `undefined` for anything else. */

/** The only kind of byte array in the code: backed by memory that WebCrypto takes as it is. */
export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes

/** Text of well-formed UTF-8; `undefined` where a byte would have to be replaced. A byte order mark is kept. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export function concat(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

/** Lower-case hex. */
export const toHex = (bytes: Uint8Array): string => bytes.toHex()

/** Lower-case hex of an even number of digits; upper case and white space are refused. */
export const fromHex = (text: string): Bytes | undefined =>
  text.length % 2 === 0 && /^[0-9a-f]*$/.test(text) ? Uint8Array.fromHex(text) : undefined

export const toBase64 = (bytes: Uint8Array): string => bytes.toBase64()

export const toBase64Url = (bytes: Uint8Array): string =>
  bytes.toBase64({ alphabet: 'base64url', omitPadding: true })

/** Padded base64 (RFC 4648 section 4) whose unused bits are zero, so that one value has one spelling. */
export function fromBase64(text: string): Bytes | undefined {
  // The decoder skips white space even when strict.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' })
  } catch {
    return undefined
  }
}

/** Unpadded base64url (RFC 4648 section 5) whose unused bits are zero. */
export function fromBase64Url(text: string): Bytes | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined
  const padded = text + '='.repeat((4 - (text.length % 4)) % 4)
  try {
    return Uint8Array.fromBase64(padded, { alphabet: 'base64url', lastChunkHandling: 'strict' })
  } catch {
    return undefined
  }
}
