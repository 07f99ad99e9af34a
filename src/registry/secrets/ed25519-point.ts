/**
 * Checks that 32 bytes are a usable Ed25519 public key. WebCrypto imports any 32 bytes. Under a point of small order, anybody can
 * make a signature that is valid for any message.
 */
import { toHex } from '../../platform/bytes.ts'

/** The field's prime, 2^255 - 19, and the curve's d (RFC 8032 section 5.1). */
const P = 2n ** 255n - 19n
const D =
  37_095_705_934_669_439_343_138_083_508_754_565_189_542_113_879_843_219_016_388_785_533_085_940_283_555n

const SIGN_BIT = 1n << 255n

/** True for a canonical encoding (RFC 8032 section 5.1.3) of a point on the curve that is not one of the eight of small order. */
export function isStrongPoint(bytes: Uint8Array): boolean {
  if (bytes.byteLength !== 32) return false
  const encoded = BigInt(`0x${toHex(bytes.toReversed())}`)
  const y = encoded & (SIGN_BIT - 1n)
  if (y >= P) return false
  // x² = (y² - 1) / (d y² + 1). The divisor is never zero, since -1/d is no square.
  const ySquared = (y * y) % P
  const xSquared = mod((ySquared - 1n) * power(mod(D * ySquared + 1n), P - 2n))
  // x = 0 for the points of order 1 and 2; y = 0 for those of order 4.
  if (xSquared === 0n || y === 0n) return false
  if (power(xSquared, (P - 1n) / 2n) !== 1n) return false
  // A point of order 8 doubled is one of order 4, whose y is zero; the numerator of a doubled point's y is y² + x².
  return mod(ySquared + xSquared) !== 0n
}

const mod = (value: bigint): bigint => ((value % P) + P) % P

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = mod(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}
