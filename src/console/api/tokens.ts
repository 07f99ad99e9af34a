/** API tokens: for programs and for people, each with a role, shown once. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import { SourceNameSchema } from '../../registry/sources/document.ts'
import type { NewToken, TokenView } from '../../registry/operators/operators.ts'
import { ROLES } from '../access/actor.ts'
import { type MadeToken, makeToken } from '../access/token.ts'
import type { RequestContext } from '../request-context.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

const DAY_MS = 86_400_000
export const TOKEN_DAYS_DEFAULT = 90
export const TOKEN_DAYS_MAX = 365
const NAME_MAX_CHARACTERS = 100
const SOURCES_MAX = 100

const role = v.picklist(ROLES, `Must be one of ${ROLES.join(', ')}.`)

export const TokenAnswer = v.object({
  id: v.string(),
  name: v.string(),
  role,
  sources: v.pipe(
    v.nullable(v.array(v.string())),
    v.description('The only sources that exist for it; null for all.'),
  ),
  created_by: v.pipe(v.string(), v.description('As in the audit log: admin, token:<id>, access:<email>.')),
  created_at: v.string(),
  expires_at: v.string(),
  last_used_at: v.pipe(v.nullable(v.string()), v.description('Within the hour; null when it never was.')),
  revoked_at: v.nullable(v.string()),
})

const days = `Must be a whole number from 1 to ${TOKEN_DAYS_MAX}.`

/** Body of a request for a token; the page checks its form with it, too. */
export const WantedToken = v.pipe(
  v.strictObject({
    name: v.pipe(
      v.string(),
      v.trim(),
      v.minLength(1, 'Must not be empty.'),
      v.maxLength(NAME_MAX_CHARACTERS, `Must have at most ${NAME_MAX_CHARACTERS} characters.`),
      v.description('Whose it is, or what for.'),
    ),
    role,
    sources: v.optional(
      v.pipe(
        v.array(SourceNameSchema),
        v.minLength(1, 'Must name a source.'),
        v.maxLength(SOURCES_MAX, `Must name at most ${SOURCES_MAX} sources.`),
        v.description('The only sources that exist for it. Not for admins.'),
      ),
    ),
    expires_in_days: v.optional(
      v.pipe(
        v.number(days),
        v.integer(days),
        v.minValue(1, days),
        v.maxValue(TOKEN_DAYS_MAX, days),
        v.description(`${TOKEN_DAYS_DEFAULT} when not given.`),
      ),
      TOKEN_DAYS_DEFAULT,
    ),
  }),
  v.check(
    ({ role, sources }) => role !== 'admin' || sources === undefined,
    'Must not name sources for an admin: tokens and backups belong to none.',
  ),
)

export type Wanted = v.InferOutput<typeof WantedToken>

export type CreatedToken =
  | { readonly ok: true; readonly made: MadeToken; readonly token: TokenView }
  | { readonly ok: false; readonly code: 'too_many_tokens' }
  /** @param positions in the list of sources, of those that do not exist */
  | { readonly ok: false; readonly code: 'source_unknown'; readonly positions: readonly number[] }

/** Makes a token and registers it. A source that does not exist is refused: it is a typing error. */
export async function createToken(
  { registry, who, nowMs }: RequestContext,
  { name, role, sources, expires_in_days }: Wanted,
): Promise<CreatedToken> {
  const views = await Promise.all((sources ?? []).map((source) => registry.view(source)))
  const positions = views.flatMap((view, i) => (view === null ? [i] : []))
  if (positions.length > 0) return { ok: false, code: 'source_unknown', positions }
  const made = await makeToken()
  const token: Omit<NewToken, 'hash'> = {
    id: made.id,
    name,
    role,
    sources: sources ?? null,
    expiresAtMs: nowMs + expires_in_days * DAY_MS,
  }
  if (!(await registry.createToken({ ...token, hash: made.hash }, who))) {
    return { ok: false, code: 'too_many_tokens' }
  }
  return {
    ok: true,
    made,
    token: { ...token, createdBy: who.actor, createdAtMs: nowMs, lastUsedAtMs: null, revokedAtMs: null },
  }
}

export const tokens: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/tokens',
    id: 'listTokens',
    summary: 'API tokens, the newest first; those that are over are listed for 90 days.',
    role: 'admin',
    answer: v.object({ tokens: v.array(TokenAnswer) }),
    handler: async (_, { registry }) => answer({ tokens: (await registry.tokens()).map(tokenAnswer) }),
  }),
  route({
    method: 'POST',
    path: '/api/tokens',
    id: 'createToken',
    summary: 'Makes an API token. It is shown in this answer alone: what is kept is its SHA-256.',
    role: 'admin',
    again: 'A second token. Revoke the one that you do not have.',
    body: WantedToken,
    answer: v.object({
      token: v.pipe(v.string(), v.description('Keep it now.')),
      ...TokenAnswer.entries,
    }),
    statuses: [201],
    problems: ['too_many_tokens'],
    async handler({ body }, context) {
      const created = await createToken(context, body)
      if (!created.ok) {
        return created.code === 'too_many_tokens'
          ? problem('too_many_tokens', 'There are too many tokens: revoke some.')
          : problem('body_invalid', 'A token can only be for sources that exist.', {
              problems: created.positions.map((i) => ({
                path: `sources.${i}`,
                problem: 'There is no source of this name.',
              })),
            })
      }
      return answer({ token: created.made.text, ...tokenAnswer(created.token) }, 201)
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/tokens/{id}',
    id: 'revokeToken',
    summary: 'Revokes a token: its next request is refused, and its sessions end.',
    role: 'admin',
    params: { id: 'The id of the token, the part between its underscores.' },
    answer: TokenAnswer,
    problems: ['token_unknown'],
    async handler({ params }, { registry, who }) {
      const revoked = await registry.revokeToken(param(params, 'id'), who)
      return revoked === null
        ? problem('token_unknown', 'There is no token of this id.')
        : answer(tokenAnswer(revoked))
    },
  }),
]

export const tokenAnswer = (token: TokenView) => ({
  id: token.id,
  name: token.name,
  role: token.role,
  sources: token.sources === null ? null : [...token.sources],
  created_by: token.createdBy,
  created_at: toInstant(token.createdAtMs),
  expires_at: toInstant(token.expiresAtMs),
  last_used_at: token.lastUsedAtMs === null ? null : toInstant(token.lastUsedAtMs),
  revoked_at: token.revokedAtMs === null ? null : toInstant(token.revokedAtMs),
})
