/**
 * Checks that 32 bytes are a usable Ed25519 public key. WebCrypto in workerd imports any 32 bytes, and verifies signatures under a point
 * of small order that fit any message and that anybody can make (`test/registry/secrets/ed25519-point.test.ts` shows it).
 */
import { Point } from '@noble/ed25519'

/** A point on the curve in the one encoding of RFC 8032 section 5.1.3, and not one of the eight of small order. */
export function isStrongPoint(bytes: Uint8Array): boolean {
  try {
    return !Point.fromBytes(bytes).isSmallOrder()
  } catch {
    return false
  }
}
