/** Keys to hand in, right and wrong, made anew. */
import { toBase64 } from '../../../src/platform/bytes.ts'

export type Der = Uint8Array

export interface KeyFiles {
  readonly spki: Der
  readonly pkcs8: Der
}

type Params = Parameters<typeof crypto.subtle.generateKey>[0]

async function filesOf(params: Params, usages: KeyUsage[] = ['sign', 'verify']): Promise<KeyFiles> {
  const pair = (await crypto.subtle.generateKey(params, true, usages)) as CryptoKeyPair
  const [spki, pkcs8] = (await Promise.all([
    crypto.subtle.exportKey('spki', pair.publicKey),
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
  ])) as [ArrayBuffer, ArrayBuffer]
  return { spki: new Uint8Array(spki), pkcs8: new Uint8Array(pkcs8) }
}

type KeyUsage = 'sign' | 'verify' | 'deriveBits'

export const ecFiles = (namedCurve = 'P-256') => filesOf({ name: 'ECDSA', namedCurve })
export const ed25519Files = () => filesOf({ name: 'Ed25519' })
export const x25519Files = () => filesOf({ name: 'X25519' }, ['deriveBits'])
export const rsaFiles = (modulusLength = 2_048, publicExponent = Uint8Array.of(1, 0, 1)) =>
  filesOf({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent })

export const pem = (der: Der, label = 'PUBLIC KEY'): string =>
  [`-----BEGIN ${label}-----`, ...(toBase64(der).match(/.{1,64}/g) ?? []), `-----END ${label}-----`, ''].join(
    '\n',
  )
