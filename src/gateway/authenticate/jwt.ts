/**
 * Signed tokens (RFC 7519), judged as RFC 8725 asks: the source fixes the algorithms, an HMAC is never made with a public
 * key nor the other way round, and nothing in the token's header leads to a key but its id.
 */
import { outboundUrlProblem } from '../../platform/outbound-url.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import type { JwtCredentials } from '../../providers/presented-credentials.ts'
import type { Secret } from '../../registry/sources/source.ts'
import type { Refusal } from '../../event/refusal-code.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { type CompactJws, objectIn, readCompact, verifiesCompact } from './compact-jws.ts'
import { type FoundKeys, Jwks } from './jwks.ts'
import { type JwtAlgorithm, takenAlgorithm } from './jwt-algorithms.ts'
import { claimsProblem } from './jwt-claims.ts'
import { keysFor } from './keys.ts'
import { MAX_KEYS } from './limits.ts'
import type { Scheme, SchemeContext } from './scheme.ts'

const invalid = (problem: string): Outcome<never> => refuse({ code: 'token_invalid', problem })

/** @param jwks the key sets fetched so far; shared by all deliveries of an isolate */
export const createJwt = (jwks = new Jwks()): Scheme<JwtCredentials> => ({
  name: 'jwt',
  async verify({ slots, token }, context) {
    const secrets = context.secrets(slots).filter(isUsable)
    if (secrets.length === 0) return refuse({ code: 'secret_missing' })
    if (token === '') return refuse({ code: 'proof_missing', field: 'token' })
    const jws = readCompact(token)
    const kid = jws?.header['kid']
    if (jws === undefined || (kid !== undefined && typeof kid !== 'string'))
      return refuse({ code: 'proof_malformed', field: 'token' })
    const { alg } = jws.header
    const algorithm = takenAlgorithm(alg, context.settings.jwt?.algorithms)
    if (typeof alg !== 'string' || algorithm === undefined) return invalid('algorithm')

    const found = candidates(algorithm, { alg, kid }, secrets, context, jwks)
    const { keys, complete } = found instanceof Promise ? await found : found
    const outcome = keys.length === 0 ? invalid('key') : await verifyWith(keys, jws, algorithm, context)
    // A set that is out of reach may have had the key.
    const undecided = !complete && !outcome.ok && isAboutTheKey(outcome.refusal)
    return undecided ? refuse({ code: 'proof_unavailable', dependency: 'jwks' }) : outcome
  },
})

function candidates(
  algorithm: JwtAlgorithm,
  header: { readonly alg: string; readonly kid: string | undefined },
  secrets: readonly Secret[],
  context: SchemeContext,
  jwks: Jwks,
): FoundKeys | Promise<FoundKeys> {
  if (algorithm.kind === 'secret') {
    const keys = keysFor(secrets, algorithm.use)
    return keys instanceof Promise ? keys.then(allOf) : allOf(keys)
  }
  const urls: string[] = []
  for (const secret of secrets)
    if (secret.kind === 'jwks-url' && urls.length < MAX_KEYS) urls.push(secret.url)
  return jwks.keys(urls, { ...algorithm, ...header }, context)
}

const allOf = (keys: readonly CryptoKey[]): FoundKeys => ({ keys, complete: true })

const isAboutTheKey = (refusal: Refusal): boolean =>
  refusal.code === 'token_invalid' && (refusal.problem === 'key' || refusal.problem === 'signature')

async function verifyWith(
  keys: readonly CryptoKey[],
  jws: CompactJws,
  algorithm: JwtAlgorithm,
  { settings, nowSeconds, attempts }: SchemeContext,
): Promise<Outcome<void>> {
  // No extension is known here, so none that must be understood is (RFC 7515 section 4.1.11).
  if (Object.hasOwn(jws.header, 'crit')) return invalid('malformed')
  for (const key of keys) {
    if (algorithm.kind === 'public' && !attempts.take()) break
    if (!(await verifiesCompact(jws, key, algorithm))) continue
    const claims = objectIn(jws.payload)
    if (claims === undefined) return invalid('malformed')
    const problem = claimsProblem(claims, jws.header['typ'], settings.jwt, nowSeconds)
    return problem === undefined ? pass(undefined) : invalid(problem)
  }
  return invalid('signature')
}

/** By secret object, so that what was found usable is not looked at again for each delivery. */
const usable = new WeakSet<Secret>()

function isUsable(secret: Secret): boolean {
  if (usable.has(secret)) return true
  const isFit =
    (secret.kind === 'text' && isSecretText(secret.text)) ||
    (secret.kind === 'jwks-url' && outboundUrlProblem(secret.url) === undefined)
  if (isFit) usable.add(secret)
  return isFit
}
