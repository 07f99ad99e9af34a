/** An RSA public key. */
import { type Checked, type KindOfSecret, acceptPublicKey, wrong } from '../kind.ts'
import { keyName, readPublicKey } from '../public-key.ts'

const EXPECTED = 'an RSA public key'

/**
 * Postal is the only ESP here that signs with an RSA key of the operator. Its installer generates one of 1,024 bits.
 *
 * @see https://github.com/postalserver/install (`bin/postal bootstrap`: `openssl genrsa … 1024`)
 */
const ESP_MIN_BITS = 1_024

/** The minimum of NIST SP 800-131A, for keys that the operator chooses. */
export const OWN_MIN_BITS = 2_048

/** Larger keys slow down each verification and add no security. */
const MAX_BITS = 8_192

export const rsaPublic: KindOfSecret = {
  check: (value) => checkRsa(value, ESP_MIN_BITS),
}

export async function checkRsa(value: unknown, minBits: number): Promise<Checked> {
  const read = readPublicKey(value, EXPECTED)
  if (!read.ok) return wrong(read.problem)
  if (read.file.algorithm !== 'rsa') return wrong(`Must be ${EXPECTED}, but this is ${keyName(read.file)}.`)
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
