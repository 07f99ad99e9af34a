/** The accepted algorithms of JSON Web Signatures (RFC 7518 section 3.1, RFC 8037), each with its kind of key. */
import type { KeyUse } from './scheme.ts'

export type JwtAlgorithm =
  /** Verified with a text that both sides know. */
  | { readonly kind: 'secret'; readonly use: KeyUse }
  /** Verified with a key of the sender's JWKS; `curve` where the type has several. */
  | { readonly kind: 'public'; readonly keyType: 'RSA' | 'EC' | 'OKP'; readonly curve?: string }

const RSA = { kind: 'public', keyType: 'RSA' } as const
const ED25519 = { kind: 'public', keyType: 'OKP', curve: 'Ed25519' } as const

const ecdsa = (curve: string): JwtAlgorithm => ({ kind: 'public', keyType: 'EC', curve })

/** `none` is not in here. A map has no prototype keys, so a token cannot name one. */
export const JWT_ALGORITHMS: ReadonlyMap<string, JwtAlgorithm> = new Map<string, JwtAlgorithm>([
  ['HS256', { kind: 'secret', use: 'hmac-sha256' }],
  ['HS384', { kind: 'secret', use: 'hmac-sha384' }],
  ['HS512', { kind: 'secret', use: 'hmac-sha512' }],
  ['RS256', RSA],
  ['RS384', RSA],
  ['RS512', RSA],
  ['PS256', RSA],
  ['PS384', RSA],
  ['PS512', RSA],
  ['ES256', ecdsa('P-256')],
  ['ES384', ecdsa('P-384')],
  ['ES512', ecdsa('P-521')],
  ['EdDSA', ED25519],
  ['Ed25519', ED25519],
])

/** Accepted if a source sets no `jwt.algorithms`: HS256 with a text, every algorithm of its keys with a JWKS. */
const DEFAULTS: ReadonlySet<string> = new Set(
  [...JWT_ALGORITHMS]
    .filter(([name, { kind }]) => kind === 'public' || name === 'HS256')
    .map(([name]) => name),
)

/** The algorithm that a token names, if the source accepts it. The token itself does not choose. */
export function acceptedAlgorithm(
  name: unknown,
  configured: readonly string[] | undefined,
): JwtAlgorithm | undefined {
  if (typeof name !== 'string') return undefined
  const isAccepted = configured === undefined ? DEFAULTS.has(name) : configured.includes(name)
  return isAccepted ? JWT_ALGORITHMS.get(name) : undefined
}
