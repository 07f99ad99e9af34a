/** Signed tokens in compact form (RFC 7515 section 7.1, RFC 7519), read and verified by jose. */
import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { BoundedMap } from '../../platform/bounded-map.ts'
import type { JsonObject } from '../../platform/json.ts'
import type { JwtSetting } from '../../providers/shared/provider.ts'
import { MAX_TOKEN_LENGTH } from './limits.ts'

/** Tolerated difference between the issuer's clock and ours, if the source sets none. */
export const DEFAULT_CLOCK_TOLERANCE_SECONDS = 60

/** jose names the last missing one first. */
const REQUIRED = ['exp', 'iat', 'nbf']

/** Of a JWT access token (RFC 9068 section 2.2). The profile has no `nbf`, so its servers set none. */
const REQUIRED_OF_ACCESS_TOKENS = ['jti', 'client_id', 'sub', 'iat', 'exp']
const ACCESS_TOKEN_TYPE = /^(?:application\/)?at\+jwt$/i

/** Beside the alphabet of base64url (RFC 4648 section 5) only the dots between the parts. */
const OUTSIDE_COMPACT_FORM = /[^\w.-]/

/** Last characters whose unused bits are zero, by the length of the part modulo four (RFC 4648 section 3.5). */
const LAST = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048']

function endsCanonically(part: string): boolean {
  const last = LAST[part.length % 4]
  return last === undefined || last.includes(part.slice(-1))
}

/** Headers by their encoded text. An issuer signs many tokens with one header, and jose decodes it once more anyway. */
const headers = new BoundedMap<string, Readonly<JsonObject>>(64)
const MAX_HEADER_LENGTH = 512

/**
 * The header of a token of three parts, each in canonical base64url; `undefined` for anything else. Nobody has verified it yet.
 *
 * jose ignores padding, white space and unused bits, so one token would have many encodings.
 */
export function readHeader(token: string): Readonly<JsonObject> | undefined {
  if (token.length > MAX_TOKEN_LENGTH || OUTSIDE_COMPACT_FORM.test(token)) return undefined
  const parts = token.split('.')
  const [encoded = ''] = parts
  if (parts.length !== 3 || !parts.every(endsCanonically)) return undefined
  const known = headers.get(encoded)
  if (known !== undefined) return known
  try {
    const header = decodeProtectedHeader(token) as JsonObject
    if (encoded.length <= MAX_HEADER_LENGTH) headers.set(encoded, header)
    return header
  } catch {
    return undefined
  }
}

/**
 * `undefined` if the key made the signature and every claim is right; else `signature`, `malformed`, `expired`, or the name of the
 * wrong claim. Never a value of the token. jose reads no claim before it has verified the signature.
 */
export async function tokenProblem(
  token: string,
  key: CryptoKey,
  { alg, typ }: { readonly alg: string; readonly typ: unknown },
  jwt: JwtSetting | undefined,
  nowSeconds: number,
): Promise<string | undefined> {
  const toleranceSeconds = jwt?.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [alg],
      currentDate: new Date(nowSeconds * 1_000),
      clockTolerance: toleranceSeconds,
      requiredClaims: requiredClaims(typ, jwt),
      ...(jwt?.issuer !== undefined && { issuer: jwt.issuer }),
      ...(jwt?.audience !== undefined && { audience: jwt.audience }),
    })
    const { iat, exp } = payload
    if (iat === undefined || iat > nowSeconds + toleranceSeconds) return 'iat'
    // JSON.parse reads 1e400 as Infinity, and such a token would never expire.
    return Number.isFinite(exp) ? undefined : 'exp'
  } catch (cause) {
    return problemOf(cause)
  }
}

function problemOf(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) return 'expired'
  if (cause instanceof errors.JWTClaimValidationFailed) return cause.claim
  return cause instanceof errors.JWTInvalid ? 'malformed' : 'signature'
}

/** An access token may lack `nbf` only if the source sets issuer and audience, as RFC 9068 section 4 asks. */
function requiredClaims(typ: unknown, jwt: JwtSetting | undefined): string[] {
  const isBound = jwt?.issuer !== undefined && jwt.audience !== undefined
  const isAccessToken = typeof typ === 'string' && ACCESS_TOKEN_TYPE.test(typ)
  return isBound && isAccessToken ? REQUIRED_OF_ACCESS_TOKENS : REQUIRED
}
