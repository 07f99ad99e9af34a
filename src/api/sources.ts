/** Sources: who may send, and to which URL. Secrets can be written and never read. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { SETUP_MAX_SECONDS } from '../event/setup-window.ts'
import { SourceConfigSchema, SourceDocumentSchema } from '../registry/sources/document.ts'
import { forSeconds } from './for-seconds.ts'
import { nextCursor, paging } from './paging.ts'
import { route } from './route.ts'
import { RotationSchema, secretVersion } from './secret-version.ts'

export const SourceSchema = v.object({
  name: v.string(),
  /** Increases with every change of any source. */
  version: v.number(),
  webhook_url: described(v.string(), 'What to enter at the ESP.'),
  created_at: v.string(),
  updated_at: v.string(),
  secrets: described(v.record(v.string(), v.number()), 'Number of accepted secrets in each slot.'),
  secret_versions: v.array(
    v.object({
      ...secretVersion,
      fingerprint: described(
        v.nullable(v.string()),
        'SHA-256 of a public key (SPKI), in hex. Null for secrets, and in the list of sources.',
      ),
    }),
  ),
  rotations: v.array(RotationSchema),
  refuses_everything: described(
    v.nullable(
      v.object({
        missing_secrets: described(
          v.array(v.object({ one_of: v.array(v.string()) })),
          'A secret is missing for each of these, in one of its slots.',
        ),
        explanation: v.string(),
        remedy: described(v.string(), 'What to do, with the command.'),
      }),
    ),
    'Why the source refuses every delivery: no secret can verify a sender. Else null.',
  ),
  setup: described(
    v.nullable(
      v.object({
        first_call: described(v.string(), 'Kind of call that the ESP makes when a webhook is saved.'),
        open: described(v.boolean(), 'Whether such a call is answered with 200 now.'),
        opened_at: v.nullable(v.string()),
        closes_at: described(
          v.nullable(v.string()),
          'When it closes by itself. Null if it was closed before.',
        ),
        verified_at: described(
          v.nullable(v.string()),
          'When the first delivery was verified, which ended the set-up. It can be opened again.',
        ),
        answered: described(
          v.nullable(v.number()),
          'Calls that were answered since it was opened. Null if more than this source was asked for, or it was put.',
        ),
        last_at: v.nullable(v.string()),
      }),
    ),
    'Set-up for the first call, which nothing verifies. Null for ESPs that make none.',
  ),
  ...SourceConfigSchema.entries,
})
export type Source = v.InferOutput<typeof SourceSchema>

export const UnreachedGuardsSchema = described(
  v.array(v.object({ guard: v.string(), old_value_may_live_seconds: v.number() })),
  'Guards that did not acknowledge the change, and how long they may still use the old source.',
)
export type UnreachedGuard = v.InferOutput<typeof UnreachedGuardsSchema>[number]

export const sourceParams = { name: 'The name of the source, as in its URL.' }

export const sourceRoutes = {
  listSources: route('GET', '/api/sources', 'viewer', {
    summary: 'Lists all sources, by name.',
    scoped: true,
    query: v.strictObject(paging),
    answer: v.object({ sources: v.array(SourceSchema), next_cursor: nextCursor }),
  }),
  getSource: route('GET', '/api/sources/{name}', 'viewer', {
    summary: 'Returns one source, without the values of its secrets.',
    params: sourceParams,
    answer: SourceSchema,
    conditional: true,
    problems: ['source_unknown', 'version_conflict'],
  }),
  putSource: route('PUT', '/api/sources/{name}', 'operator', {
    summary:
      'Creates or replaces a source. If the document has no secrets, the source keeps its own. A new source without secrets ' +
      'refuses everything until it has one.',
    params: sourceParams,
    // Any JSON: the registry checks it, and lists all problems.
    body: v.unknown(),
    shownBody: SourceDocumentSchema,
    example: {
      provider: 'generic',
      secrets: { hmac: 'at least 16 characters that nobody guesses' },
      level: 'enhanced',
    },
    answer: v.object({ ...SourceSchema.entries, unreached_guards: UnreachedGuardsSchema }),
    statuses: [200, 201],
    conditional: true,
    problems: ['document_invalid', 'version_conflict'],
  }),
  deleteSource: route('DELETE', '/api/sources/{name}', 'operator', {
    summary: 'Removes a source. Deliveries to its URL are refused from now on; its events stay.',
    params: sourceParams,
    answer: v.object({ removed: v.string(), unreached_guards: UnreachedGuardsSchema }),
    conditional: true,
    problems: ['source_unknown', 'version_conflict'],
  }),
  openSetup: route('PUT', '/api/sources/{name}/setup', 'operator', {
    summary:
      'Opens the set-up: the call with which the ESP checks a new webhook gets 200, though nothing verifies it. Nothing of it is ' +
      'stored. The first verified delivery ends it. Opened again later, for another webhook, it ends by its time alone.',
    params: sourceParams,
    body: forSeconds(SETUP_MAX_SECONDS, 'How long it is open from now on. Then it closes by itself.'),
    example: { for_seconds: 900 },
    answer: v.object({ ...SourceSchema.entries, unreached_guards: UnreachedGuardsSchema }),
    problems: ['source_unknown', 'setup_not_needed'],
  }),
  closeSetup: route('DELETE', '/api/sources/{name}/setup', 'operator', {
    summary: 'Closes the set-up before its time.',
    params: sourceParams,
    answer: v.object({ ...SourceSchema.entries, unreached_guards: UnreachedGuardsSchema }),
    problems: ['source_unknown', 'setup_not_needed'],
  }),
} as const
