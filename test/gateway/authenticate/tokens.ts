/** Signs tokens, with code of its own: the verifier's library would agree with its own mistakes. */
import { toBase64Url, utf8 } from '../../../src/platform/bytes.ts'
import { ECDSA, NOW_SECONDS, hmacWith, signWith } from './making.ts'

export type Claims = Readonly<Record<string, unknown>>
export type Sign = (bytes: Uint8Array) => Promise<Uint8Array>

/** Claims of a token that is good at the time of the tests. */
export const CLAIMS: Claims = { iat: NOW_SECONDS - 10, nbf: NOW_SECONDS - 10, exp: NOW_SECONDS + 300 }

/** A token in compact form (RFC 7515 section 7.1). `payload` may be text that is no JSON. */
export async function token(header: Claims, payload: Claims | string, sign: Sign): Promise<string> {
  const part = (value: Claims | string) =>
    toBase64Url(utf8(typeof value === 'string' ? value : JSON.stringify(value)))
  const signed = `${part(header)}.${part(payload)}`
  return `${signed}.${toBase64Url(await sign(utf8(signed)))}`
}

export const hs =
  (secret: string | Uint8Array, hash = 'SHA-256'): Sign =>
  (bytes) =>
    hmacWith(hash, typeof secret === 'string' ? utf8(secret) : secret, bytes)

export interface JwkPair {
  readonly sign: Sign
  readonly jwk: JsonWebKey & { kid?: string; alg?: string; use?: string }
  /** Private part, which must stand in no published set. */
  readonly d: string | undefined
}

const PARAMS = {
  ES256: [{ name: 'ECDSA', namedCurve: 'P-256' }, ECDSA],
  ES384: [
    { name: 'ECDSA', namedCurve: 'P-384' },
    { name: 'ECDSA', hash: 'SHA-384' },
  ],
  EdDSA: [{ name: 'Ed25519' }, 'Ed25519'],
  RS256: [rsaParams('RSASSA-PKCS1-v1_5', 'SHA-256'), 'RSASSA-PKCS1-v1_5'],
  RS512: [rsaParams('RSASSA-PKCS1-v1_5', 'SHA-512'), 'RSASSA-PKCS1-v1_5'],
  PS256: [rsaParams('RSA-PSS', 'SHA-256'), { name: 'RSA-PSS', saltLength: 32 }],
} as const

function rsaParams(name: string, hash: string) {
  return { name, hash, modulusLength: 2_048, publicExponent: Uint8Array.of(1, 0, 1) }
}

export type PairAlgorithm = keyof typeof PARAMS
export const PAIR_ALGORITHMS = Object.keys(PARAMS) as PairAlgorithm[]

/** A fresh pair: what signs, and its public half as an issuer publishes it. */
export async function jwkPair(algorithm: PairAlgorithm, kid?: string): Promise<JwkPair> {
  const [generate, signing] = PARAMS[algorithm]
  const pair = (await crypto.subtle.generateKey(generate, true, ['sign', 'verify'])) as CryptoKeyPair
  const {
    alg: _alg,
    key_ops: _ops,
    ext: _ext,
    ...jwk
  } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey
  return {
    sign: (bytes) => signWith(signing as { name: string; hash: string }, pair.privateKey, bytes),
    jwk: kid === undefined ? jwk : { ...jwk, kid },
    d: ((await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey).d,
  }
}

/** An issuer whose answer can be changed, and who counts the requests. */
export function issuer(keys: readonly object[]) {
  const state = { keys, asked: 0, answer: undefined as (() => Promise<Response>) | undefined }
  const fetcher = (async () => {
    state.asked++
    return state.answer === undefined ? Response.json({ keys: state.keys }) : state.answer()
  }) as typeof fetch
  return { state, fetch: fetcher }
}
