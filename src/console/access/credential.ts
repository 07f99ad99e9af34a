/** Identifies the sender of a request by its credential. */
import { sameSecret } from '../../platform/same-secret.ts'
import type { IdentityClaim, Identified, Identity, LoginAttempt } from '../../registry/operators/operator.ts'
import { type Problem, problem } from '../../api/problem.ts'
import type { ConsoleContext } from '../context.ts'
import { clientOf } from '../login/attempts.ts'
import { accessVerdict } from './cloudflare.ts'
import { readToken } from './token.ts'

/** Identifies the holder of a credential. A wrong credential is counted, in this isolate and in the registry. */
export async function identify(
  c: ConsoleContext,
  credential: string,
  channel: LoginAttempt['channel'],
): Promise<Identified> {
  const { attempts } = c.get('isolate')
  const { registry, nowMs } = c.get('baseContext')
  const client = clientOf(c.req.raw.headers)
  // Before the registry is called, so that a flood does not reach it.
  const seconds = attempts.blockedSeconds(client, nowMs)
  if (seconds > 0) return { ok: false, code: 'wait', seconds }

  const identified = await registry.operators.identify(await claimOf(c, credential), {
    client,
    channel,
    atMs: nowMs,
  })
  if (!identified.ok && identified.code !== 'wait') attempts.failed(client, nowMs)
  return identified
}

async function claimOf(c: ConsoleContext, credential: string): Promise<IdentityClaim> {
  const { settings, adminHash } = c.get('isolate')
  const token = await readToken(credential)
  if (token !== undefined) return token
  return (await sameSecret(credential, settings.adminToken))
    ? { kind: 'admin', hash: await adminHash() }
    : { kind: 'none' }
}

/** RFC 6750 section 2.1; the scheme's name in any case. */
export async function bearerIdentity(c: ConsoleContext, authorization: string): Promise<Identity | Problem> {
  const credential = /^bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1]
  if (credential === undefined) return TOKEN_MISSING
  const identified = await identify(c, credential, 'api')
  return identified.ok ? identified.identity : refused(identified)
}

/** Browsers send the Access cookie with any site's request (CSRF), so a change must come from our own pages. */
export async function accessIdentity(c: ConsoleContext): Promise<Identity | Problem> {
  const verdict = await accessVerdict(c)
  if (verdict.kind !== 'person') return ACCESS_REFUSALS[verdict.kind]
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  return isRead || isFromHere(c) ? verdict.identity : ORIGIN_FOREIGN
}

function isFromHere(c: ConsoleContext): boolean {
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  return (
    (origin === undefined || origin === new URL(c.req.url).origin) &&
    (site === undefined || site === 'same-origin' || site === 'none')
  )
}

type NotIdentified = Exclude<Identified, { ok: true }>

function refused(why: NotIdentified): Problem {
  if (why.code !== 'wait') {
    const [code, sentence] = REFUSALS[why.code]
    return problem(code, sentence, CHALLENGE)
  }
  return problem('too_many_attempts', 'Too many wrong tokens came from this address.', {
    headers: { 'retry-after': String(why.seconds) },
  })
}

const CHALLENGE = { headers: { 'www-authenticate': 'Bearer realm="postern"' } }

const REFUSALS = {
  wrong: ['token_wrong', 'The token is not known here.'],
  expired: ['token_expired', 'The token has expired: ask an admin for a new one.'],
  revoked: ['token_revoked', 'The token was revoked.'],
} as const satisfies Record<Exclude<NotIdentified['code'], 'wait'>, readonly [Problem['code'], string]>

const TOKEN_MISSING = problem('token_missing', 'Send a token as "Authorization: Bearer <token>".', CHALLENGE)

const ACCESS_REFUSALS = {
  absent: TOKEN_MISSING,
  unverified: problem('token_wrong', 'The identity from Cloudflare Access could not be verified.', CHALLENGE),
  unmapped: problem('person_unmapped', 'You have no role here: ACCESS_ROLES does not name you.'),
} as const

const ORIGIN_FOREIGN = problem('origin_foreign', 'The request came from another site. Nothing was done.')
