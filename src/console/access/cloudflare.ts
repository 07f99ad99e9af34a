/**
 * People whom Cloudflare Access has let through. What the platform says of them (`ctx.access`) and the assertion that Access
 * signs (`Cf-Access-Jwt-Assertion`) are both looked at where both are there, and must agree: whoever reaches the Worker
 * around Access has neither, and whoever forges a header has not the key.
 *
 * https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/
 */
import { type JWTVerifyGetKey, createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { Identity } from '../../registry/operators/operator.ts'
import type { ConsoleContext } from '../context.ts'
import type { AccessSettings } from '../env.ts'
import { roleOf } from './people.ts'

/** Access says who somebody is. `unverified`: it says so falsely, or nobody can tell. `unmapped`: they have no role here. */
export type AccessVerdict =
  | { readonly kind: 'person'; readonly identity: Identity }
  | { readonly kind: 'absent' | 'unverified' | 'unmapped' }

/** Facts of the platform about a request that came through Access. */
interface PlatformAccess {
  readonly aud: string
  getIdentity(): Promise<{ readonly email?: unknown } | null | undefined>
}

const HEADER = 'cf-access-jwt-assertion'
const SKEW_SECONDS = 30

/** The team's keys: fetched when first needed, kept by the isolate, asked for again when one is unknown. */
export const teamKeys = ({ team }: AccessSettings): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL('/cdn-cgi/access/certs', team))

export async function accessVerdict(c: ConsoleContext): Promise<AccessVerdict> {
  const { settings, accessKeys } = c.get('isolate')
  const { nowMs } = c.get('baseContext')
  if (settings.access === undefined || accessKeys === undefined) return { kind: 'absent' }
  const platform = platformAccess(c)
  const assertion = c.req.header(HEADER)
  if (platform === undefined && assertion === undefined) return { kind: 'absent' }

  const said = [
    ...(assertion === undefined ? [] : [await assertedEmail(assertion, settings.access, accessKeys, nowMs)]),
    ...(platform === undefined ? [] : [await platformEmail(platform, settings.access)]),
  ]
  const [email] = said
  if (email === undefined || said.some((other) => other !== email)) return { kind: 'unverified' }
  const role = roleOf(settings.access.roles, email)
  return role === undefined
    ? { kind: 'unmapped' }
    : { kind: 'person', identity: { actor: `access:${email}`, role, sources: null } }
}

/** The address in an assertion that this team signed for this application; `undefined` for any other. */
async function assertedEmail(
  assertion: string,
  { team, audience }: AccessSettings,
  keys: JWTVerifyGetKey,
  nowMs: number,
): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(assertion, keys, {
      algorithms: ['RS256'],
      issuer: team,
      audience,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: SKEW_SECONDS,
      currentDate: new Date(nowMs),
    })
    return emailOf(payload['email'])
  } catch (cause) {
    // Not verified, whether the assertion is wrong or the keys are out of reach.
    if (cause instanceof errors.JOSEError || cause instanceof TypeError) return undefined
    throw cause
  }
}

const platformEmail = async (
  platform: PlatformAccess,
  { audience }: AccessSettings,
): Promise<string | undefined> =>
  platform.aud === audience ? emailOf((await platform.getIdentity())?.email) : undefined

/** In lower case; a service token has none, and uses an API token of ours. */
const emailOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value) ? value.toLowerCase() : undefined

/** Only where the platform hands a context in, and Access stands before this very request. */
function platformAccess(c: ConsoleContext): PlatformAccess | undefined {
  try {
    return (c.executionCtx as { readonly access?: PlatformAccess }).access
  } catch {
    return undefined
  }
}
