/** Handlers of API tokens. */
import { type Token, tokenRoutes } from '../../api/tokens.ts'
import type { Frozen } from '../../api/route.ts'
import { hasReason } from '../../registry/audit/entry.ts'
import { DAY_MS, instantOrNull, toInstant } from '../../platform/time.ts'
import type { NewToken, TokenView } from '../../registry/operators/operator.ts'
import { hasEarlierData } from '../access/earlier-data.ts'
import { makeToken } from '../access/token.ts'
import { problem } from '../../api/problem.ts'
import { answer, bindRoutes } from './route.ts'

export const tokens = bindRoutes(tokenRoutes, {
  listTokens: async (_, { registry }) =>
    answer({ tokens: (await registry.operators.tokens()).map(tokenAnswer) }),

  /**
   * A source that does not exist is refused: it is a typing error. If an earlier source of the same name has stored something, the token
   * would read it, so that needs a reason.
   */
  async createToken({ body: { name, role, sources = null, expires_in_days } }, context) {
    const { registry, who, nowMs } = context
    const views = await Promise.all((sources ?? []).map((source) => registry.sources.find(source)))
    const positions = views.flatMap((view, i) => (view === null ? [i] : []))
    if (positions.length > 0)
      return problem('body_invalid', NO_SOURCE, atSources(positions, 'There is no source of this name.'))
    if (!hasReason(who))
      for (const [i, view] of views.entries())
        if (view !== null && (await hasEarlierData(context, view)))
          return problem('reason_needed', READS_EARLIER, atSources([i], EARLIER_DATA))
    const made = await makeToken()
    const expiresAtMs = nowMs + expires_in_days * DAY_MS
    const token: Omit<NewToken, 'hash'> = { id: made.id, name, role, sources, expiresAtMs }
    if (!(await registry.operators.createToken({ ...token, hash: made.hash }, who)))
      return problem('too_many_tokens', 'There are too many tokens: revoke some.')
    const now = { createdBy: who.actor, createdAtMs: nowMs, lastUsedAtMs: null, revokedAtMs: null }
    return answer({ token: made.text, ...tokenAnswer({ ...token, ...now }) }, 201)
  },

  async revokeToken({ params }, { registry, who }) {
    const revoked = await registry.operators.revokeToken(params.id, who)
    return revoked === null
      ? problem('token_unknown', 'There is no token of this id.')
      : answer(tokenAnswer(revoked))
  },
})

const atSources = (positions: readonly number[], said: string) => ({
  problems: positions.map((i) => ({ path: `sources.${i}`, problem: said })),
})

const NO_SOURCE = 'A token can only be for sources that exist.'
const READS_EARLIER =
  'The token would read what an earlier source has stored. Put into the header x-reason why that is right, or give the source another name.'
const EARLIER_DATA =
  'Something older than the source is stored under its name, and the token would read that. Enter why that is right.'

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
