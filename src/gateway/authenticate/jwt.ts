/**
 * Signed tokens (RFC 7519), verified as RFC 8725 asks. The source fixes the algorithms. A public key is never used for an HMAC, nor a
 * text for a public-key algorithm. Of the token's header only the key id selects a key.
 */
import { outboundUrlProblem } from '../../platform/outbound-url.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import type { JwtCredentials } from '../../providers/shared/presented-credentials.ts'
import type { Secret } from '../../registry/sources/source.ts'
import type { Refusal } from '../../event/refusal-code.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { Jwks } from './jwks.ts'
import { type JwtAlgorithm, acceptedAlgorithm } from './jwt-algorithms.ts'
import { keysFor } from './keys.ts'
import { MAX_KEYS } from './limits.ts'
import type { Scheme, SchemeContext } from './scheme.ts'
import { readHeader, tokenProblem } from './verify-token.ts'

const invalid = (problem: string): Outcome<never> => refuse({ code: 'token_invalid', problem })

interface PresentedToken {
  readonly token: string
  readonly alg: string
  readonly typ: unknown
  /** The header has `crit`. */
  readonly hasExtensions: boolean
}

/** @param jwks the key sets fetched so far; all deliveries of an isolate share them */
export const createJwt = (jwks = new Jwks()): Scheme<JwtCredentials> => ({
  name: 'jwt',
  async verify({ slots, token }, context) {
    const secrets = context.secrets(slots).filter(isUsable)
    if (secrets.length === 0) return refuse({ code: 'secret_missing' })
    if (token === '') return refuse({ code: 'proof_missing', field: 'token' })
    const header = readHeader(token)
    const kid = header?.['kid']
    if (header === undefined || (kid !== undefined && typeof kid !== 'string'))
      return refuse({ code: 'proof_malformed', field: 'token' })
    const { alg, typ } = header
    const algorithm = acceptedAlgorithm(alg, context.settings.jwt?.algorithms)
    if (typeof alg !== 'string' || algorithm === undefined) return invalid('algorithm')

    const { keys, complete } =
      algorithm.kind === 'secret'
        ? { keys: await keysFor(secrets, algorithm.use), complete: true }
        : await jwks.keys(urlsOf(secrets), { ...algorithm, alg, kid }, context)
    const hasExtensions = Object.hasOwn(header, 'crit')
    const outcome = await verifyWith(keys, { token, alg, typ, hasExtensions }, algorithm, context)
    // An unreachable key set may hold the key.
    const undecided = !complete && !outcome.ok && isAboutTheKey(outcome.refusal)
    return undecided ? refuse({ code: 'proof_unavailable', dependency: 'jwks' }) : outcome
  },
})

const urlsOf = (secrets: readonly Secret[]): string[] =>
  secrets.flatMap((secret) => (secret.kind === 'jwks-url' ? [secret.url] : [])).slice(0, MAX_KEYS)

const isAboutTheKey = (refusal: Refusal): boolean =>
  refusal.code === 'token_invalid' && (refusal.problem === 'key' || refusal.problem === 'signature')

async function verifyWith(
  keys: readonly CryptoKey[],
  { token, hasExtensions, alg, typ }: PresentedToken,
  algorithm: JwtAlgorithm,
  { settings, nowSeconds, attempts }: SchemeContext,
): Promise<Outcome<void>> {
  if (keys.length === 0) return invalid('key')
  // No extension is supported, so a token that marks one as critical is refused (RFC 7515 section 4.1.11).
  if (hasExtensions) return invalid('malformed')
  for (const key of keys) {
    if (algorithm.kind === 'public' && !attempts.take()) break
    const problem = await tokenProblem(token, key, { alg, typ }, settings.jwt, nowSeconds)
    if (problem === undefined) return pass(undefined)
    // Another key may have made the signature. After one has, only the claims can be wrong.
    if (problem !== 'signature') return invalid(problem)
  }
  return invalid('signature')
}

/** Secrets that were looked at, by object: they are dropped with the cached version of the source. To parse a URL takes as long as an HMAC. */
const usable = new WeakSet<Secret>()

function isUsable(secret: Secret): boolean {
  if (usable.has(secret)) return true
  const isOne =
    (secret.kind === 'text' && isSecretText(secret.text)) ||
    (secret.kind === 'jwks-url' && outboundUrlProblem(secret.url) === undefined)
  if (isOne) usable.add(secret)
  return isOne
}
