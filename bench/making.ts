/** Keys, signatures and contexts that the schemes of the benchmark share. */
import { KeyObject, type webcrypto } from 'node:crypto'
import type { Scheme, SchemeContext } from '../src/gateway/authenticate/scheme.ts'
import { NO_SHARED_FILES } from '../src/gateway/authenticate/shared-files.ts'
import { type Bytes, toBase64, utf8 } from '../src/platform/bytes.ts'
import type { PresentedCredentials } from '../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../src/registry/sources/source.ts'
import type { Verify } from './row.ts'

export const NOW_SECONDS = 1_800_000_000

type Algorithm = string | { readonly name: string; readonly hash: string }

export const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2_048,
  publicExponent: Uint8Array.of(1, 0, 1),
} as const

/** The common fields of all credentials. Schemes read only the slots of them. */
export const COVERED = { slots: ['secret'], identity: [], coversBody: true } as const

/** A body of this many bytes: a JSON array of one event, as ESPs post it. */
export function bodyOf(bytes: number, event = 'delivered'): Bytes {
  const frame = JSON.stringify([{ event, metadata: '' }])
  return utf8(JSON.stringify([{ event, metadata: 'x'.repeat(bytes - frame.length) }]))
}

/** The scheme with one secret in its slot. Without a `fetcher`, fetches fail. */
export function schemeVerifies<E extends PresentedCredentials>(
  scheme: Scheme<E>,
  credentials: E,
  secret: Secret,
  fetcher: typeof fetch = () => Promise.reject(new Error('no fetch is expected here')),
): Verify {
  const secrets = [secret]
  const context: SchemeContext = {
    secrets: () => secrets,
    attempts: { take: () => true },
    settings: {},
    source: 'bench',
    client: { address: null, country: null, asn: null, https: true, tlsVersion: null, certificate: null },
    nowSeconds: NOW_SECONDS,
    fetch: fetcher,
    hosts: { check: async () => 'public' },
    clientMemory: { isVerified: () => false, isRateLimited: () => false },
    sharedFiles: NO_SHARED_FILES,
  }
  return () => scheme.verify(credentials, context)
}

export const checks =
  (algorithm: Algorithm, key: CryptoKey, signature: Bytes, bytes: Bytes): Verify =>
  () =>
    crypto.subtle.verify(algorithm, key, signature, bytes)

/** ES2026: workerd has them, Node 24 does not. */
const runtime = Uint8Array as unknown as {
  readonly fromHex?: (text: string) => Bytes
  readonly fromBase64?: (text: string, options: { readonly alphabet: 'base64' | 'base64url' }) => Bytes
}

/** Decodes leniently, with the runtime's own decoder. */
export function decoded(text: string, encoding: 'hex' | 'base64' | 'base64url'): Bytes {
  const bytes =
    encoding === 'hex' ? runtime.fromHex?.(text) : runtime.fromBase64?.(text, { alphabet: encoding })
  return bytes ?? new Uint8Array(Buffer.from(text, encoding))
}

/** Joins the parts into new memory. */
export function joined(first: Bytes, second: Bytes): Bytes {
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}

export const hmacKey = (bytes: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])

export const pairOf = async (
  params: { readonly name: string; readonly namedCurve?: string } | typeof RSA,
): Promise<CryptoKeyPair> =>
  (await crypto.subtle.generateKey(params, true, ['sign', 'verify'])) as CryptoKeyPair

export const spkiOf = async ({ publicKey }: CryptoKeyPair): Promise<string> =>
  toBase64(new Uint8Array((await crypto.subtle.exportKey('spki', publicKey)) as ArrayBuffer))

/** The same key for Node's own signers. The cast is needed since the two sets of types define the class separately. */
export const nodeKeyOf = (key: CryptoKey): KeyObject => KeyObject.from(key as webcrypto.CryptoKey)

export const sign = async (algorithm: Algorithm, key: CryptoKey, bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.sign(algorithm, key, bytes))
