/** The claims of a verified token (RFC 7519 section 4.1), judged at a given time. */
import type { JsonObject } from '../../platform/json.ts'
import type { JwtSetting } from '../../providers/provider.ts'

/** How far the issuer's clock may be from ours, where the source does not say. */
export const DEFAULT_CLOCK_TOLERANCE_SECONDS = 60

const REQUIRED = ['nbf', 'iat', 'exp']

/** Of a JWT access token (RFC 9068 section 2.2): the profile has no `nbf`, so its servers set none. */
const REQUIRED_OF_ACCESS_TOKENS = ['exp', 'iat', 'iss', 'aud', 'sub', 'client_id', 'jti']
const ACCESS_TOKEN_TYPE = /^(?:application\/)?at\+jwt$/i

/** The name of the first claim that is wrong, `expired`, or `undefined` when all is well. Never a value of the token. */
export function claimsProblem(
  claims: JsonObject,
  type: unknown,
  jwt: JwtSetting | undefined,
  nowSeconds: number,
): string | undefined {
  if (jwt?.issuer !== undefined && !Object.hasOwn(claims, 'iss')) return 'iss'
  if (jwt?.audience !== undefined && !Object.hasOwn(claims, 'aud')) return 'aud'
  for (const name of requiredClaims(type, jwt)) if (!Object.hasOwn(claims, name)) return name
  if (jwt?.issuer !== undefined && claims['iss'] !== jwt.issuer) return 'iss'
  if (jwt?.audience !== undefined && !isFor(claims['aud'], jwt.audience)) return 'aud'

  const toleranceSeconds = jwt?.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS
  const latest = nowSeconds + toleranceSeconds
  const { iat, nbf, exp } = claims
  if (typeof iat !== 'number' || iat > latest) return 'iat'
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > latest)) return 'nbf'
  if (typeof exp !== 'number') return 'exp'
  return exp <= nowSeconds - toleranceSeconds ? 'expired' : undefined
}

/** An access token goes without `nbf` only where issuer and audience are both bound, as RFC 9068 section 4 asks. */
function requiredClaims(type: unknown, jwt: JwtSetting | undefined): readonly string[] {
  const isBound = jwt?.issuer !== undefined && jwt.audience !== undefined
  const isAccessToken = typeof type === 'string' && ACCESS_TOKEN_TYPE.test(type)
  return isBound && isAccessToken ? REQUIRED_OF_ACCESS_TOKENS : REQUIRED
}

const isFor = (audience: unknown, ours: string): boolean =>
  audience === ours || (Array.isArray(audience) && audience.includes(ours))
