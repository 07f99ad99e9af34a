/** API tokens, for programs and for people, and the Worker's `ADMIN_TOKEN`, the first way in. A token is shown once. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { SourceNameSchema } from '../registry/sources/document.ts'
import { ROLES, route } from './route.ts'

export const TOKEN_DAYS_DEFAULT = 90
export const TOKEN_DAYS_MAX = 365
const NAME_MAX_CHARACTERS = 100
const SOURCES_MAX = 100

const role = v.picklist(ROLES, `Must be one of ${ROLES.join(', ')}.`)

const TokenSchema = v.object({
  id: v.string(),
  name: v.string(),
  role,
  sources: described(v.nullable(v.array(v.string())), 'The only sources that exist for it; null for all.'),
  created_by: described(v.string(), 'As in the audit log: admin, token:<id>, access:<email>.'),
  created_at: v.string(),
  expires_at: v.string(),
  last_used_at: described(v.nullable(v.string()), 'Within the hour; null when it never was.'),
  revoked_at: v.nullable(v.string()),
})
export type Token = v.InferOutput<typeof TokenSchema>

const days = `Must be a whole number from 1 to ${TOKEN_DAYS_MAX}.`

/** Body of a request for a token. */
const WantedTokenSchema = v.pipe(
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
        v.description(
          'The only sources that exist for it. Not for admins. If something older than a source is stored under its name, the call needs the header x-reason.',
        ),
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

export const tokenRoutes = {
  listTokens: route('GET', '/api/tokens', 'admin', {
    summary: 'API tokens, the newest first; those that are over are listed for 90 days.',
    answer: v.object({ tokens: v.array(TokenSchema) }),
  }),
  createToken: route('POST', '/api/tokens', 'admin', {
    summary: 'Makes an API token. It is shown in this answer alone: what is kept is its SHA-256.',
    again: 'A second token. Revoke the one that you do not have.',
    body: WantedTokenSchema,
    example: { name: 'nightly report', role: 'viewer', sources: ['shop-sendgrid'], expires_in_days: 90 },
    answer: v.object({
      token: described(v.string(), 'Keep it now.'),
      ...TokenSchema.entries,
    }),
    statuses: [201],
    problems: ['too_many_tokens', 'reason_needed'],
  }),
  revokeToken: route('DELETE', '/api/tokens/{id}', 'admin', {
    summary: 'Revokes a token: its next request is refused, and its sessions end.',
    params: { id: 'The id of the token, the part between its underscores.' },
    answer: TokenSchema,
    problems: ['token_unknown'],
  }),
} as const

export const adminTokenRoutes = {
  retireAdminToken: route('POST', '/api/admin-token/retire', 'admin', {
    summary:
      'The Worker’s ADMIN_TOKEN is not taken any more, and its sessions end. A new value of it is taken again.',
    again: 'The same. With end_what_it_made it also ends tokens that were made since.',
    isDangerous: () => true,
    body: v.strictObject({
      end_what_it_made: described(
        v.optional(v.boolean(), false),
        'Also revoke the tokens that it made, and those that these made, and end their sessions. The token that calls stays.',
      ),
    }),
    example: { end_what_it_made: true },
    answer: v.object({
      retired: v.literal(true),
      made: described(
        v.array(TokenSchema),
        'Tokens that were valid until now and that it made, or that these made; without the one that calls.',
      ),
      ended_what_it_made: described(v.boolean(), 'Whether these tokens are revoked now.'),
      sessions_ended: v.number(),
    }),
    problems: ['last_admin'],
  }),
} as const
