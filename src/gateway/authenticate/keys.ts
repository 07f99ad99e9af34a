/** Secrets as keys of WebCrypto. */
import { type Bytes, fromBase64, utf8 } from '../../platform/bytes.ts'
import { isPlaceholderKey, isPublished, isSecretText } from '../../platform/weak-secret.ts'
import type { Secret } from '../../registry/sources/source.ts'
import { MAX_KEYS } from './limits.ts'
import type { KeyUse } from './scheme.ts'

interface Use {
  /** Parameters of WebCrypto to import and to verify. */
  readonly import: { readonly name: string; readonly hash?: string; readonly namedCurve?: string }
  readonly verify: string | { readonly name: string; readonly hash: string }
  /** The key's bytes if the secret is of the right kind for this use. */
  readonly material: (secret: Secret) => Bytes | undefined
}

const hmac = (hash: string): Use => ({
  import: { name: 'HMAC', hash },
  verify: 'HMAC',
  material: symmetric,
})

const rsa = (hash: string): Use => ({
  import: { name: 'RSASSA-PKCS1-v1_5', hash },
  verify: 'RSASSA-PKCS1-v1_5',
  material: publicKey('rsa'),
})

const USES: Readonly<Record<KeyUse, Use>> = {
  'hmac-sha1': hmac('SHA-1'),
  'hmac-sha256': hmac('SHA-256'),
  'hmac-sha256-base64': { ...hmac('SHA-256'), material: decodedText },
  'hmac-sha384': hmac('SHA-384'),
  'hmac-sha512': hmac('SHA-512'),
  'ecdsa-p256-sha256': {
    import: { name: 'ECDSA', namedCurve: 'P-256' },
    verify: { name: 'ECDSA', hash: 'SHA-256' },
    material: publicKey('ecdsa-p256'),
  },
  'rsa-pkcs1-sha1': rsa('SHA-1'),
  'rsa-pkcs1-sha256': rsa('SHA-256'),
  ed25519: { import: { name: 'Ed25519' }, verify: 'Ed25519', material: publicKey('ed25519') },
}

/** Keys by secret object, so that they are dropped with the cached version of the source. */
const imported = new WeakMap<Secret, Map<KeyUse, CryptoKey>>()

/** Whether the secret can be a key for that use: a public key is never used for an HMAC, nor a text as a public key. */
export const fits = (secret: Secret, use: KeyUse): boolean =>
  // An imported key is not decoded again for each delivery.
  imported.get(secret)?.has(use) === true || USES[use].material(secret) !== undefined

/** The secrets that fit the use, as keys, at most `MAX_KEYS`. */
export async function keysFor(secrets: readonly Secret[], use: KeyUse): Promise<readonly CryptoKey[]> {
  const keys: CryptoKey[] = []
  for (const secret of secrets) {
    const key = imported.get(secret)?.get(use) ?? (await importKey(secret, use))
    if (key !== undefined && keys.push(key) === MAX_KEYS) break
  }
  return keys
}

/** Undefined if the secret does not fit the use. */
async function importKey(secret: Secret, use: KeyUse): Promise<CryptoKey | undefined> {
  const { import: params, material } = USES[use]
  const bytes = material(secret)
  if (bytes === undefined) return undefined
  const format = params.name === 'HMAC' ? 'raw' : 'spki'
  const key = await crypto.subtle.importKey(format, bytes, params, false, ['verify'])
  // The key is cached and not its promise: a promise belongs to the request that made it.
  const keys = imported.get(secret) ?? new Map<KeyUse, CryptoKey>()
  imported.set(secret, keys.set(use, key))
  return key
}

/** Whether the signature over the bytes was made with the key. It never throws for bytes. */
export const verifies = (
  use: KeyUse,
  key: CryptoKey,
  signature: Uint8Array,
  signed: Uint8Array,
): Promise<boolean> => crypto.subtle.verify(USES[use].verify, key, signature, signed)

function symmetric(secret: Secret): Bytes | undefined {
  if (secret.kind === 'text') return isSecretText(secret.text) ? utf8(secret.text) : undefined
  const bytes = secret.kind === 'standard-webhooks' ? keyBytes(secret.key) : undefined
  return bytes === undefined || isPlaceholderKey(bytes) ? undefined : bytes
}

function decodedText(secret: Secret): Bytes | undefined {
  return secret.kind === 'text' && isSecretText(secret.text) ? keyBytes(secret.text) : undefined
}

function keyBytes(base64: string): Bytes | undefined {
  const bytes = fromBase64(base64)
  return bytes !== undefined && bytes.byteLength >= 16 ? bytes : undefined
}

function publicKey(algorithm: 'ecdsa-p256' | 'rsa' | 'ed25519') {
  return (secret: Secret): Bytes | undefined =>
    secret.kind === 'public-key' && secret.algorithm === algorithm && !isPublished(secret.spki)
      ? fromBase64(secret.spki)
      : undefined
}
