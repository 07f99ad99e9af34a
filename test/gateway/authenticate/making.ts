/** Fixtures of the tests of the schemes: contexts, keys, and credentials to change. */
import { toBase64, toBase64Url, toHex } from '../../../src/platform/bytes.ts'
import type { Encoding } from '../../../src/providers/shared/presented-credentials.ts'
import { ClientMemory } from '../../../src/gateway/authenticate/client-memory.ts'
import { NO_SHARED_FILES } from '../../../src/gateway/authenticate/shared-files.ts'
import type { SchemeContext } from '../../../src/gateway/authenticate/scheme.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'

export const NOW_SECONDS = 1_800_000_000

/** Where the test is not about name servers. */
export const ALL_PUBLIC: SchemeContext['hosts'] = { check: async () => 'public' }

/** A context in which every slot holds the same secrets and the network must not be used. */
export const contextWith = (
  secrets: readonly Secret[],
  change: Partial<SchemeContext> = {},
): SchemeContext => ({
  secrets: () => secrets,
  attempts: { take: () => true },
  settings: {},
  source: 'shop',
  client: { address: null, country: null, asn: null, https: true, tlsVersion: 'TLSv1.3', certificate: null },
  nowSeconds: NOW_SECONDS,
  fetch: () => Promise.reject(new Error('no request belongs here')),
  hosts: ALL_PUBLIC,
  clientMemory: new ClientMemory(() => false),
  sharedFiles: NO_SHARED_FILES,
  ...change,
})

export const textSecret = (text: string): Secret => ({ kind: 'text', text })

type PublicKeySecret = Extract<Secret, { kind: 'public-key' }>

export interface Pair {
  readonly secret: PublicKeySecret
  readonly privateKey: CryptoKey
}

const GENERATE = {
  'ecdsa-p256': { name: 'ECDSA', namedCurve: 'P-256' },
  ed25519: { name: 'Ed25519' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2_048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
} as const

/** A fresh pair. */
export async function pairOf(algorithm: PublicKeySecret['algorithm'], hash = 'SHA-256'): Promise<Pair> {
  const params = algorithm === 'rsa' ? { ...GENERATE.rsa, hash } : GENERATE[algorithm]
  const pair = (await crypto.subtle.generateKey(params, true, ['sign', 'verify'])) as CryptoKeyPair
  const spki = (await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer
  return {
    secret: { kind: 'public-key', algorithm, spki: toBase64(new Uint8Array(spki)) },
    privateKey: pair.privateKey,
  }
}

/** `algorithm` as WebCrypto calls it: for ECDSA with its hash, else the name alone. */
export const signWith = async (
  algorithm: string | { name: string; hash: string },
  key: CryptoKey,
  bytes: Uint8Array,
): Promise<Uint8Array> => new Uint8Array(await crypto.subtle.sign(algorithm, key, bytes))

export async function hmacWith(hash: string, key: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash }
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign'])
  return signWith('HMAC', imported, bytes)
}

export const ECDSA = { name: 'ECDSA', hash: 'SHA-256' }

const ENCODERS: Readonly<Record<Encoding, (bytes: Uint8Array) => string>> = {
  hex: toHex,
  base64: toBase64,
  base64url: toBase64Url,
}
export const encode = (bytes: Uint8Array, encoding: Encoding): string => ENCODERS[encoding](bytes)

/** The same number as 32 big-endian bytes. */
export const bytes32 = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 0xffn))

export const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes) || '0'}`)
