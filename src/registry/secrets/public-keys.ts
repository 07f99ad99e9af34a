/** Public keys that verify signatures: ECDSA P-256, Ed25519, RSA, or the one that the source's settings name. */
import { Point } from '@noble/ed25519'
import { acceptPublicKey, type Checked, type KindOfSecret, wrong } from './kind.ts'
import { keyName, readPublicKey } from './public-key.ts'
import { concat, type Bytes } from '../../platform/bytes.ts'
import type { SIGNATURE_ALGORITHMS } from '../sources/document.ts'

/**
 * Checks that 32 bytes are a usable Ed25519 public key. WebCrypto in workerd imports any 32 bytes, and verifies signatures under a point
 * of small order that fit any message and that anybody can make (`test/registry/secrets/ed25519-point.test.ts` shows it).
 *
 * @returns whether it is a point on the curve in the one encoding of RFC 8032 section 5.1.3, and not one of the eight of small order
 */
export function isStrongPoint(bytes: Uint8Array): boolean {
  try {
    return !Point.fromBytes(bytes).isSmallOrder()
  } catch {
    return false
  }
}

const EXPECTED_P256 = 'an ECDSA P-256 public key'

/** A public key on P-256. */
export const ecdsaP256Public: KindOfSecret = {
  async check(value) {
    const read = readPublicKey(value, EXPECTED_P256)
    if (!read.ok) return wrong(read.raw === undefined ? read.problem : rawProblem(read.raw, read.problem))
    if (read.file.algorithm !== 'ec' || read.file.curve !== 'P-256')
      return wrong(`Must be ${EXPECTED_P256}, but this is ${keyName(read.file)}.`)
    try {
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
      const key = await crypto.subtle.importKey('spki', read.der, algorithm, true, ['verify'])
      // Exported again, so that a compressed and an uncompressed point are stored as the same key.
      const spki = new Uint8Array((await crypto.subtle.exportKey('spki', key)) as ArrayBuffer)
      return acceptPublicKey('ecdsa-p256', spki)
    } catch {
      return wrong('Is broken: its point is not on the curve P-256.')
    }
  },
}

/** SEC 1 section 2.3.3: 33 bytes after 02 or 03, 65 after 04. */
function rawProblem(raw: Uint8Array, otherwise: string): string {
  const [form] = raw
  const isPoint =
    (raw.byteLength === 65 && form === 4) || (raw.byteLength === 33 && (form === 2 || form === 3))
  if (isPoint) return `Must be ${EXPECTED_P256} as PEM or base64 SPKI, but this is base64 of the raw point.`
  return raw.byteLength === 32
    ? `Must be ${EXPECTED_P256}, but this is base64 of 32 raw bytes: an Ed25519 key or a private key.`
    : otherwise
}

const EXPECTED_ED25519 = 'an Ed25519 public key'
const RAW_BYTES = 32

/** The bytes before the raw key in its SPKI (RFC 8410 section 4). */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00)

/** An Ed25519 public key: PEM, base64 SPKI, or base64 of the raw 32 bytes. */
export const ed25519Public = {
  check(value: unknown): Checked | Promise<Checked> {
    const read = readPublicKey(value, EXPECTED_ED25519)
    if (!read.ok) {
      if (read.raw?.byteLength === RAW_BYTES) return checkPoint(read.raw)
      return wrong(read.raw?.byteLength === 64 ? RAW_PRIVATE : read.problem)
    }
    if (read.file.algorithm !== 'ed25519')
      return wrong(`Must be ${EXPECTED_ED25519}, but this is ${keyName(read.file)}.`)
    const raw = read.der.slice(SPKI_PREFIX.byteLength)
    return raw.byteLength === RAW_BYTES && SPKI_PREFIX.every((byte, i) => byte === read.der[i])
      ? checkPoint(raw)
      : wrong('Is broken: it does not hold an Ed25519 key.')
  },
} satisfies KindOfSecret

async function checkPoint(raw: Bytes): Promise<Checked> {
  if (!isStrongPoint(raw)) return wrong('Is broken: its bytes are not a valid Ed25519 key.')
  const spki = concat([SPKI_PREFIX, raw])
  await crypto.subtle.importKey('spki', spki, { name: 'Ed25519' }, false, ['verify'])
  return acceptPublicKey('ed25519', spki)
}

const RAW_PRIVATE = `Must be ${EXPECTED_ED25519}, but this is base64 of 64 raw bytes: a private key with its public half, or a signature.`

const EXPECTED_RSA = 'an RSA public key'

/**
 * Postal is the only ESP here that signs with an RSA key of the operator. Its installer generates one of 1,024 bits.
 *
 * @see https://github.com/postalserver/install (`bin/postal bootstrap`: `openssl genrsa … 1024`)
 */
const ESP_MIN_BITS = 1_024

/** The minimum of NIST SP 800-131A, for keys that the operator chooses. */
const OWN_MIN_BITS = 2_048

/** Larger keys slow down each verification and add no security. */
const MAX_BITS = 8_192

/** An RSA public key. */
export const rsaPublic: KindOfSecret = {
  check: (value) => checkRsa(value, ESP_MIN_BITS),
}

async function checkRsa(value: unknown, minBits: number): Promise<Checked> {
  const read = readPublicKey(value, EXPECTED_RSA)
  if (!read.ok) return wrong(read.problem)
  if (read.file.algorithm !== 'rsa')
    return wrong(`Must be ${EXPECTED_RSA}, but this is ${keyName(read.file)}.`)
  try {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('spki', read.der, algorithm, true, ['verify'])
    const { modulusLength: bits, publicExponent } = key.algorithm as unknown as RsaKeyAlgorithm
    if (bits < minBits) return wrong(`Is too weak: ${bits} bits, and at least ${minBits} are needed.`)
    if (bits > MAX_BITS) return wrong(`Is too large: ${bits} bits, and at most ${MAX_BITS} are supported.`)
    if (!isExponent(publicExponent)) return wrong('Is broken: its public exponent is even or below 3.')
    const spki = new Uint8Array((await crypto.subtle.exportKey('spki', key)) as ArrayBuffer)
    return acceptPublicKey('rsa', spki)
  } catch {
    return wrong('Is broken: it does not hold an RSA key.')
  }
}

interface RsaKeyAlgorithm {
  readonly modulusLength: number
  /** Big-endian. */
  readonly publicExponent: Uint8Array
}

/** With an exponent of 1, every padded digest would be its own signature. */
function isExponent(bytes: Uint8Array): boolean {
  const last = bytes.at(-1) ?? 0
  const isOne = last === 1 && bytes.slice(0, -1).every((byte) => byte === 0)
  return last % 2 === 1 && !isOne
}

type Algorithm = (typeof SIGNATURE_ALGORITHMS)[number]

const ownRsa: KindOfSecret = { check: (value) => checkRsa(value, OWN_MIN_BITS) }
const unused: KindOfSecret = {
  check: () =>
    wrong('Is not used: "signature.algorithm" is an HMAC, whose secret is a text and not a public key.'),
}

const BY_ALGORITHM: Readonly<Record<Algorithm, KindOfSecret>> = {
  'hmac-sha1': unused,
  'hmac-sha256': unused,
  'hmac-sha512': unused,
  'ecdsa-p256-sha256': ecdsaP256Public,
  'rsa-pkcs1-sha1': ownRsa,
  'rsa-pkcs1-sha256': ownRsa,
  ed25519: ed25519Public,
}

/** A public key of the algorithm in the source's `signature` setting. */
export const anyPublic: KindOfSecret = {
  check: (value, config) =>
    config.signature === undefined
      ? wrong('Needs "signature" in the document, which names the algorithm of the key.')
      : BY_ALGORITHM[config.signature.algorithm].check(value, config),
}
