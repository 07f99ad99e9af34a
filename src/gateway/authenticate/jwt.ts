/**
 * Signed tokens (RFC 7519), judged as RFC 8725 asks: the source fixes the algorithms, an HMAC is never made with a public
 * key nor the other way round, and nothing in the token's header leads to a key but its id.
 */
import { type JWTPayload, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { fromBase64Url } from '../../platform/bytes.ts'
import { outboundUrlProblem } from '../../platform/outbound-url.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import type { JwtEvidence } from '../../providers/evidence.ts'
import type { JwtSetting } from '../../providers/provider.ts'
import type { Secret } from '../../registry/source.ts'
import { type Outcome, type Refusal, pass, refuse } from '../outcome.ts'
import { type FoundKeys, Jwks } from './jwks.ts'
import { type JwtAlgorithm, takenAlgorithm } from './jwt-algorithms.ts'
import { fits } from './keys.ts'
import { MAX_KEYS, MAX_PUBLIC_KEY_ATTEMPTS, MAX_TOKEN_LENGTH } from './limits.ts'
import type { Scheme, SchemeContext } from './scheme.ts'

/** How far the issuer's clock may be from ours, where the source does not say. */
export const DEFAULT_CLOCK_TOLERANCE_SECONDS = 60

const REQUIRED_CLAIMS = ['exp', 'iat', 'nbf']

/** Of a JWT access token (RFC 9068 section 2.2): the profile has no `nbf`, so its servers set none. */
const ACCESS_TOKEN_CLAIMS = ['exp', 'iat', 'iss', 'aud', 'sub', 'client_id', 'jti']
const ACCESS_TOKEN_TYPE = /^(?:application\/)?at\+jwt$/i

const invalid = (problem: string): Outcome<never> => refuse({ code: 'token_invalid', problem })

/** @param jwks the key sets fetched so far; shared by all deliveries of an isolate */
export const createJwt = (jwks = new Jwks()): Scheme<JwtEvidence> => ({
  name: 'jwt',
  async verify({ slots, token }, context) {
    const secrets = context.secrets(slots).filter(isUsable)
    if (secrets.length === 0) return refuse({ code: 'secret_missing' })
    if (token === '') return refuse({ code: 'proof_missing', field: 'token' })
    const header = headerOf(token)
    if (header === undefined) return refuse({ code: 'proof_malformed', field: 'token' })
    const algorithm = takenAlgorithm(header.alg, context.settings.jwt?.algorithms)
    if (header.alg === undefined || algorithm === undefined) return invalid('algorithm')

    const { alg, kid, typ } = header
    const { keys, complete } = await keysFor(algorithm, { alg, kid }, secrets, context, jwks)
    const outcome = keys.length === 0 ? invalid('key') : await verifyWith(keys, token, { alg, typ }, context)
    // A set that is out of reach may have had the key.
    const undecided = !complete && !outcome.ok && isAboutTheKey(outcome.refusal)
    return undecided ? refuse({ code: 'proof_unavailable', dependency: 'jwks' }) : outcome
  },
})

async function keysFor(
  algorithm: JwtAlgorithm,
  header: { readonly alg: string; readonly kid: string | undefined },
  secrets: readonly Secret[],
  context: SchemeContext,
  jwks: Jwks,
): Promise<FoundKeys> {
  if (algorithm.kind === 'public') {
    const urls = secrets.filter((secret) => secret.kind === 'jwks-url').map(({ url }) => url)
    return jwks.keys(urls.slice(0, MAX_KEYS), { ...algorithm, ...header }, context)
  }
  const { use } = algorithm
  const texts = secrets.filter((secret) => secret.kind === 'text' && fits(secret, use)).slice(0, MAX_KEYS)
  return { keys: await Promise.all(texts.map((secret) => context.keyOf(secret, use))), complete: true }
}

const isAboutTheKey = (refusal: Refusal): boolean =>
  refusal.code === 'token_invalid' && (refusal.problem === 'key' || refusal.problem === 'signature')

async function verifyWith(
  keys: readonly CryptoKey[],
  token: string,
  { alg, typ }: { readonly alg: string; readonly typ: string | undefined },
  { settings, nowSeconds }: SchemeContext,
): Promise<Outcome<void>> {
  const toleranceSeconds = settings.jwt?.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS
  const options = {
    ...bindings(settings.jwt),
    algorithms: [alg],
    requiredClaims: requiredClaims(typ, settings.jwt),
    clockTolerance: toleranceSeconds,
    currentDate: new Date(nowSeconds * 1_000),
  }
  let outcome: Outcome<never> = invalid('signature')
  for (const key of keys.slice(0, MAX_PUBLIC_KEY_ATTEMPTS)) {
    try {
      const { payload } = await jwtVerify(token, key, options)
      return isFromTheFuture(payload, nowSeconds + toleranceSeconds) ? invalid('iat') : pass(undefined)
    } catch (cause) {
      outcome = invalid(problemOf(cause))
      // Another key may fit where this one does not; a claim is wrong under each.
      if (!(cause instanceof errors.JWSSignatureVerificationFailed) && !(cause instanceof TypeError)) break
    }
  }
  return outcome
}

/** An access token goes without `nbf` only where issuer and audience are both bound, as RFC 9068 section 4 asks. */
const requiredClaims = (typ: string | undefined, jwt: JwtSetting | undefined): string[] =>
  typ !== undefined && ACCESS_TOKEN_TYPE.test(typ) && jwt?.issuer !== undefined && jwt.audience !== undefined
    ? ACCESS_TOKEN_CLAIMS
    : REQUIRED_CLAIMS

const bindings = (jwt: JwtSetting | undefined) => ({
  ...(jwt?.issuer === undefined ? {} : { issuer: jwt.issuer }),
  ...(jwt?.audience === undefined ? {} : { audience: jwt.audience }),
})

const isFromTheFuture = ({ iat }: JWTPayload, latestSeconds: number): boolean =>
  iat === undefined || iat > latestSeconds

const isUsable = (secret: Secret): boolean =>
  (secret.kind === 'text' && isSecretText(secret.text)) ||
  (secret.kind === 'jwks-url' && outboundUrlProblem(secret.url) === undefined)

interface Header {
  readonly alg?: string
  readonly kid: string | undefined
  readonly typ: string | undefined
}

function headerOf(token: string): Header | undefined {
  if (!isCompact(token)) return undefined
  try {
    const { alg, kid, typ } = decodeProtectedHeader(token)
    if (kid !== undefined && typeof kid !== 'string') return undefined
    const rest = { kid, typ: typeof typ === 'string' ? typ : undefined }
    return alg === undefined ? rest : { alg, ...rest }
  } catch {
    return undefined
  }
}

/** Three parts in the one spelling of base64url (RFC 7515 section 2): jose reads others, too. */
function isCompact(token: string): boolean {
  if (token.length > MAX_TOKEN_LENGTH) return false
  const parts = token.split('.', 4)
  return parts.length === 3 && parts.every((part) => fromBase64Url(part) !== undefined)
}

/** A word for the operator. Of jose's messages only the claim's name is used, and only one that we asked for. */
function problemOf(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) return 'expired'
  if (cause instanceof errors.JWTClaimValidationFailed)
    return [...REQUIRED_CLAIMS, ...ACCESS_TOKEN_CLAIMS].includes(cause.claim) ? cause.claim : 'claims'
  if (cause instanceof errors.JWSSignatureVerificationFailed || cause instanceof TypeError) return 'signature'
  return 'malformed'
}
