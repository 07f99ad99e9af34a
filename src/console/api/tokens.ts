/** Handlers of API tokens. */
import { type Token, type WantedToken, tokenRoutes } from '../../api/tokens.ts'
import type { Frozen } from '../../api/route.ts'
import { hasReason } from '../../registry/audit/entry.ts'
import { DAY_MS, instantOrNull, toInstant } from '../../platform/time.ts'
import type { NewToken, TokenView } from '../../registry/operators/operator.ts'
import { hasEarlierData } from '../access/earlier-data.ts'
import { type MadeToken, makeToken } from '../access/token.ts'
import type { RequestContext } from '../request-context.ts'
import { problem } from '../../api/problem.ts'
import { answer, bindRoutes } from './route.ts'

export type CreatedToken =
  | { readonly ok: true; readonly made: MadeToken; readonly token: TokenView }
  | { readonly ok: false; readonly code: 'too_many_tokens' }
  /** @param positions in the list of sources: of those that do not exist, or that need a reason for what is stored under their name */
  | {
      readonly ok: false
      readonly code: 'source_unknown' | 'reason_needed'
      readonly positions: readonly number[]
    }

/**
 * Makes a token and registers it. A source that does not exist is refused: it is a typing error. If an earlier source of the same name
 * has stored something, the token would read it, so that needs a reason.
 */
export async function createToken(
  context: RequestContext,
  { name, role, sources, expires_in_days }: WantedToken,
): Promise<CreatedToken> {
  const { registry, who, nowMs } = context
  const views = await Promise.all((sources ?? []).map((source) => registry.sources.find(source)))
  const positions = views.flatMap((view, i) => (view === null ? [i] : []))
  if (positions.length > 0) return { ok: false, code: 'source_unknown', positions }
  if (!hasReason(who))
    for (const [i, view] of views.entries())
      if (view !== null && (await hasEarlierData(context, view)))
        return { ok: false, code: 'reason_needed', positions: [i] }
  const made = await makeToken()
  const token: Omit<NewToken, 'hash'> = {
    id: made.id,
    name,
    role,
    sources: sources ?? null,
    expiresAtMs: nowMs + expires_in_days * DAY_MS,
  }
  if (!(await registry.operators.createToken({ ...token, hash: made.hash }, who))) {
    return { ok: false, code: 'too_many_tokens' }
  }
  return {
    ok: true,
    made,
    token: { ...token, createdBy: who.actor, createdAtMs: nowMs, lastUsedAtMs: null, revokedAtMs: null },
  }
}

/** Said of a source in a token that needs a reason. */
export const EARLIER_DATA =
  'Something older than it is stored under its name, and the token would read that. Enter why that is right.'

export const tokens = bindRoutes(tokenRoutes, {
  listTokens: async (_, { registry }) =>
    answer({ tokens: (await registry.operators.tokens()).map(tokenAnswer) }),

  async createToken({ body }, context) {
    const created = await createToken(context, body)
    if (!created.ok) {
      if (created.code === 'too_many_tokens')
        return problem('too_many_tokens', 'There are too many tokens: revoke some.')
      const [code, detail, of] = REFUSED[created.code]
      return problem(code, detail, {
        problems: created.positions.map((i) => ({ path: `sources.${i}`, problem: of })),
      })
    }
    return answer({ token: created.made.text, ...tokenAnswer(created.token) }, 201)
  },

  async revokeToken({ params }, { registry, who }) {
    const revoked = await registry.operators.revokeToken(params.id, who)
    return revoked === null
      ? problem('token_unknown', 'There is no token of this id.')
      : answer(tokenAnswer(revoked))
  },
})

const REFUSED = {
  source_unknown: [
    'body_invalid',
    'A token can only be for sources that exist.',
    'There is no source of this name.',
  ],
  reason_needed: [
    'reason_needed',
    'The token would read what an earlier source has stored. Put into the header x-reason why that is right, or give the source another name.',
    EARLIER_DATA,
  ],
} as const

export const tokenAnswer = (token: TokenView): Frozen<Token> => ({
  id: token.id,
  name: token.name,
  role: token.role,
  sources: token.sources,
  created_by: token.createdBy,
  created_at: toInstant(token.createdAtMs),
  expires_at: toInstant(token.expiresAtMs),
  last_used_at: instantOrNull(token.lastUsedAtMs),
  revoked_at: instantOrNull(token.revokedAtMs),
})
