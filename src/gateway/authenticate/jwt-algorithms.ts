/** The algorithms of JSON Web Signatures that are taken (RFC 7518 section 3.1, RFC 8037), each with its kind of key. */
import type { KeyUse } from './scheme.ts'

export type JwtAlgorithm =
  /** Verified with a text that both sides know. */
  | { readonly kind: 'secret'; readonly use: KeyUse }
  /** Verified with a key of the sender's JWKS; `curve` where the type has several. */
  | { readonly kind: 'public'; readonly keyType: 'RSA' | 'EC' | 'OKP'; readonly curve?: string }

const RSA = { kind: 'public', keyType: 'RSA' } as const
const ED25519 = { kind: 'public', keyType: 'OKP', curve: 'Ed25519' } as const

/** Not in here: `none`, and whatever else a token may name. A table, so that no text finds a way around it. */
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
  ['ES256', { kind: 'public', keyType: 'EC', curve: 'P-256' }],
  ['ES384', { kind: 'public', keyType: 'EC', curve: 'P-384' }],
  ['ES512', { kind: 'public', keyType: 'EC', curve: 'P-521' }],
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
