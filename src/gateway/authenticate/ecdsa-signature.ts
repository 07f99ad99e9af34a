/**
 * The two encodings of a P-256 signature. Both parsers accept exactly one encoding of r and s, each from 1 to n-1. So nobody
 * can make a second valid encoding of a signature by adding bytes. (The signature (r, n-s) is also valid, as always in ECDSA.)
 */
import { type Bytes, concat } from '../../platform/bytes.ts'

/** Bytes of r and of s. */
const SCALAR_BYTES = 32

/** The order n of P-256 (SEC 2 section 2.4.2). */
const ORDER: Bytes = Uint8Array.from(
  'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.match(/../g) ?? [],
  (hex) => Number.parseInt(hex, 16),
)

const SEQUENCE = 0x30
const INTEGER = 0x02

/** r and s, 32 bytes each, as IEEE P1363 and WebCrypto have them; `undefined` for any other length. */
export function fromP1363(signature: Bytes): Bytes | undefined {
  if (signature.byteLength !== 2 * SCALAR_BYTES) return undefined
  const inRange = isScalar(signature.subarray(0, SCALAR_BYTES)) && isScalar(signature.subarray(SCALAR_BYTES))
  return inRange ? signature : undefined
}

/**
 * The P1363 form of `SEQUENCE { INTEGER r, INTEGER s }` in DER (RFC 3279 section 2.2.3, X.690 section 8.3): lengths in one
 * byte, integers positive and minimal, nothing behind; `undefined` for anything else.
 */
export function fromDer(signature: Bytes): Bytes | undefined {
  // The longest has two integers of 33 bytes, so that every length fits into one byte.
  if (signature[0] !== SEQUENCE || signature[1] !== signature.byteLength - 2 || signature.byteLength > 72)
    return undefined
  const r = integerAt(signature, 2)
  const s = r && integerAt(signature, r.end)
  if (s === undefined || s.end !== signature.byteLength) return undefined
  return fromP1363(concat([r?.scalar ?? new Uint8Array(0), s.scalar]))
}

function integerAt(
  bytes: Bytes,
  start: number,
): { readonly scalar: Bytes; readonly end: number } | undefined {
  const length = bytes[start + 1] ?? 0
  const end = start + 2 + length
  if (bytes[start] !== INTEGER || length < 1 || length > SCALAR_BYTES + 1 || end > bytes.byteLength)
    return undefined
  const content = bytes.subarray(start + 2, end)
  const [first = 0, second = 0] = content
  const negative = first >= 0x80
  const padded = length > 1 && first === 0 && second < 0x80
  if (negative || padded) return undefined
  const magnitude = first === 0 ? content.subarray(1) : content
  if (magnitude.byteLength > SCALAR_BYTES) return undefined
  const scalar = new Uint8Array(SCALAR_BYTES)
  scalar.set(magnitude, SCALAR_BYTES - magnitude.byteLength)
  return { scalar, end }
}

/** From 1 to n-1. The signature is public, so the comparison need not be constant in time. */
function isScalar(bytes: Uint8Array): boolean {
  if (bytes.every((byte) => byte === 0)) return false
  const at = bytes.findIndex((byte, i) => byte !== ORDER[i])
  return at >= 0 && (bytes[at] ?? 0) < (ORDER[at] ?? 0)
}
