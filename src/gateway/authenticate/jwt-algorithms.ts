/** The algorithms of JSON Web Signatures that are taken (RFC 7518 section 3.1, RFC 8037), each with its kind of key. */
import type { KeyUse } from './scheme.ts'

export type JwtAlgorithm = {
  /** How WebCrypto is asked to verify. */
  readonly verify: string | { readonly name: string; readonly hash?: string; readonly saltLength?: number }
} & (
  | /** Verified with a text that both sides know. */ { readonly kind: 'secret'; readonly use: KeyUse }
  /** Verified with a key of the sender's JWKS; `curve` where the type has several. */
  | { readonly kind: 'public'; readonly keyType: 'RSA' | 'EC' | 'OKP'; readonly curve?: string }
)

const HMAC = { kind: 'secret', verify: 'HMAC' } as const
const RSA = { kind: 'public', keyType: 'RSA', verify: 'RSASSA-PKCS1-v1_5' } as const
const ED25519 = { kind: 'public', keyType: 'OKP', curve: 'Ed25519', verify: 'Ed25519' } as const

/** The salt is as long as the hash (RFC 7518 section 3.5). */
const pss = (saltLength: number): JwtAlgorithm => ({
  kind: 'public',
  keyType: 'RSA',
  verify: { name: 'RSA-PSS', saltLength },
})

const ecdsa = (curve: string, hash: string): JwtAlgorithm => ({
  kind: 'public',
  keyType: 'EC',
  curve,
  verify: { name: 'ECDSA', hash },
})

/** Not in here: `none`, and whatever else a token may name. A table, so that no text finds a way around it. */
export const JWT_ALGORITHMS: ReadonlyMap<string, JwtAlgorithm> = new Map<string, JwtAlgorithm>([
  ['HS256', { ...HMAC, use: 'hmac-sha256' }],
  ['HS384', { ...HMAC, use: 'hmac-sha384' }],
  ['HS512', { ...HMAC, use: 'hmac-sha512' }],
  ['RS256', RSA],
  ['RS384', RSA],
  ['RS512', RSA],
  ['PS256', pss(32)],
  ['PS384', pss(48)],
  ['PS512', pss(64)],
  ['ES256', ecdsa('P-256', 'SHA-256')],
  ['ES384', ecdsa('P-384', 'SHA-384')],
  ['ES512', ecdsa('P-521', 'SHA-512')],
  ['EdDSA', ED25519],
  ['Ed25519', ED25519],
])

/** What a source takes that sets no `jwt.algorithms`: with a text HS256, with a JWKS whatever its keys are for. */
const DEFAULTS: ReadonlySet<string> = new Set(
  [...JWT_ALGORITHMS]
    .filter(([name, { kind }]) => kind === 'public' || name === 'HS256')
    .map(([name]) => name),
)

/** The algorithm that a token names, when the source takes it; the token itself has no say. */
export function takenAlgorithm(
  name: unknown,
  configured: readonly string[] | undefined,
): JwtAlgorithm | undefined {
  if (typeof name !== 'string') return undefined
  const taken = configured === undefined ? DEFAULTS.has(name) : configured.includes(name)
  return taken ? JWT_ALGORITHMS.get(name) : undefined
}
