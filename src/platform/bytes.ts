/** Bytes and their texts. Decoders are strict: one spelling a value, `undefined` for anything else. */
import { Buffer } from 'node:buffer'

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
export const toHex = (bytes: Uint8Array): string => bufferOf(bytes).toString('hex')

/** Lower-case hex of an even number of digits; upper case and white space are refused. */
export const fromHex = (text: string): Bytes | undefined =>
  text.length % 2 === 0 && /^[0-9a-f]*$/.test(text) ? decode(text, 'hex') : undefined

export const toBase64 = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64')

/** Unpadded. */
export const toBase64Url = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64url')

/** Padded base64 (RFC 4648 section 4) whose unused bits are zero, so that one value has one spelling. */
export const fromBase64 = (text: string): Bytes | undefined =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? respelled(text, 'base64', toBase64) : undefined

/** Unpadded base64url (RFC 4648 section 5) whose unused bits are zero. */
export const fromBase64Url = (text: string): Bytes | undefined =>
  /^[A-Za-z0-9_-]*$/.test(text) ? respelled(text, 'base64url', toBase64Url) : undefined

/** The decoder is lenient; what it read counts only where writing it again gives the same text. */
function respelled(
  text: string,
  encoding: 'base64' | 'base64url',
  write: (bytes: Bytes) => string,
): Bytes | undefined {
  const bytes = decode(text, encoding)
  return write(bytes) === text ? bytes : undefined
}

/** In memory of its own: a small Buffer is a view on a pool that others write to. */
const decode = (text: string, encoding: 'hex' | 'base64' | 'base64url'): Bytes =>
  new Uint8Array(Buffer.from(text, encoding))

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
