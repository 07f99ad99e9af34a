/**
 * Signs outgoing webhooks by Standard Webhooks.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
 */
import { type Bytes, concat, toBase64 } from './bytes.ts'

/**
 * A key that signs, as raw bytes. `v1` is HMAC-SHA-256: the bytes behind `whsec_`. `v1a` is Ed25519: the 32-byte seed behind
 * `whsk_` (RFC 8032 section 5.1.5).
 */
export interface SigningKey {
  readonly kind: 'v1' | 'v1a'
  readonly key: Bytes
}

interface Algorithm {
  readonly name: string
  readonly format: 'raw' | 'pkcs8'
  readonly import: { readonly name: string; readonly hash?: string }
  readonly encode: (key: Bytes) => Bytes
}

/** Prefix of an Ed25519 seed in PKCS #8 (RFC 8410 section 7). */
const PKCS8_PREFIX = new Uint8Array([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32])

const ALGORITHMS: Readonly<Record<SigningKey['kind'], Algorithm>> = {
  v1: { name: 'HMAC', format: 'raw', import: { name: 'HMAC', hash: 'SHA-256' }, encode: (key) => key },
  v1a: {
    name: 'Ed25519',
    format: 'pkcs8',
    import: { name: 'Ed25519' },
    encode: (seed) => concat([PKCS8_PREFIX, seed]),
  },
}

/** Imported keys, by the object that holds the bytes: whoever signs often keeps the object. */
const imported = new WeakMap<SigningKey, CryptoKey>()

/**
 * The value of `webhook-signature`: one entry a key, in the order of `keys`, separated by spaces. A receiver accepts the webhook
 * if one entry is right, so all keys sign while a secret is rotated.
 *
 * @param id the value of `webhook-id`; holds no `.`
 * @param timestampSeconds the value of `webhook-timestamp`, in whole seconds since 1970
 * @throws {Error} if a key has the wrong length
 */
export async function signatureHeader(
  id: string,
  timestampSeconds: number,
  body: Uint8Array,
  keys: readonly SigningKey[],
): Promise<string> {
  const signed = concat([`${id}.${timestampSeconds}.`, body])
  const entries = keys.map(async (key) => {
    const signature = await crypto.subtle.sign(ALGORITHMS[key.kind].name, await cryptoKey(key), signed)
    return `${key.kind},${toBase64(new Uint8Array(signature))}`
  })
  return (await Promise.all(entries)).join(' ')
}

async function cryptoKey(signingKey: SigningKey): Promise<CryptoKey> {
  const known = imported.get(signingKey)
  if (known !== undefined) return known
  const { format, import: params, encode } = ALGORITHMS[signingKey.kind]
  const key = await crypto.subtle.importKey(format, encode(signingKey.key), params, false, ['sign'])
  imported.set(signingKey, key)
  return key
}
